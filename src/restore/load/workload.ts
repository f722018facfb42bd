/** Something for one pg_restore to do. */
export type Task<Work> = {
  readonly work: Work
  /** What may share a pg_restore: tasks of one kind. */
  readonly kind: string
  /** About how much there is to do, in bytes of the archive, as far as is known now. */
  readonly weight: () => number
  /** Whether all that it needs is there: what is still arriving has a pg_restore of its own. */
  readonly isWhole: () => boolean
}

/** Tasks below so many bytes are done together: to start a pg_restore takes longer than they do. */
const small = 1_048_576

/** Whether tasks are less work than the start of a pg_restore for each, and all that they need is there. */
export function isLittle(tasks: readonly Task<unknown>[]): boolean {
  return tasks.every((task) => task.isWhole()) && tasks.reduce((sum, task) => sum + task.weight(), 0) < small
}

/**
 * What one of `jobs` free workers should do next: the largest task, so that it does not come last; or where all are small, its
 * share of those of one kind; or all of these where they are little work together. The tasks are taken off `ready`.
 */
export function takeNext<Work>(ready: Task<Work>[], jobs: number): Task<Work>[] {
  const largest = ready.reduce((one, other) => (other.weight() > one.weight() ? other : one))
  const isSmall = (task: Task<Work>) => task.kind === largest.kind && isLittle([task])
  const alike = isSmall(largest) ? ready.filter(isSmall) : []
  const share = isLittle(alike) ? alike.length : Math.ceil(alike.length / jobs)
  const taken = new Set(alike.length > 0 ? alike.slice(0, share) : [largest])
  ready.splice(0, ready.length, ...ready.filter((task) => !taken.has(task)))
  return [...taken]
}

/**
 * Lets `jobs` workers do what is added, until `close` has been called and everything is done. `perform` may return tasks that have
 * become possible. `done` rejects with the first failure; `onFailure` is called right then, to end what the others are doing.
 */
export class Workload<Work> {
  readonly done: Promise<void>
  readonly #ready: Task<Work>[] = []
  #isOpen = true
  #isBroken = false
  #busy = 0
  #waiting: (() => void)[] = []

  constructor(
    readonly jobs: number,
    readonly perform: (works: Work[]) => Promise<Task<Work>[]>,
    readonly onFailure: (error: unknown) => void,
  ) {
    const workers = Array.from({ length: jobs }, () => this.#work())
    this.done = Promise.allSettled(workers).then((ends) => {
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    })
  }

  add(tasks: readonly Task<Work>[]): void {
    this.#ready.push(...tasks)
    this.#wake()
  }

  /** No more tasks will be added from outside. */
  close(): void {
    this.#isOpen = false
    this.#wake()
  }

  /** Nothing more is begun. */
  stop(): void {
    this.#isBroken = true
    this.#wake()
  }

  async #work(): Promise<void> {
    for (;;) {
      while (this.#ready.length === 0 && !this.#isBroken && (this.#isOpen || this.#busy > 0)) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
      }
      if (this.#isBroken || this.#ready.length === 0) return
      await this.#performSome()
    }
  }

  async #performSome(): Promise<void> {
    const tasks = takeNext(this.#ready, this.jobs)
    this.#busy += 1
    try {
      this.#ready.push(...(await this.perform(tasks.map(({ work }) => work))))
    } catch (error) {
      this.stop()
      this.onFailure(error)
      throw error
    } finally {
      this.#busy -= 1
      this.#wake()
    }
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resume of waiting) resume()
  }
}
