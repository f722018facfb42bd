import { Change } from '../../run/change.ts'
import { type Task, takeNext } from './next-tasks.ts'

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
  readonly #change = new Change()

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
    this.#change.announce()
  }

  /** No more tasks will be added from outside. */
  close(): void {
    this.#isOpen = false
    this.#change.announce()
  }

  /** Nothing more is begun. */
  stop(): void {
    this.#isBroken = true
    this.#change.announce()
  }

  async #work(): Promise<void> {
    for (;;) {
      while (this.#ready.length === 0 && !this.#isBroken && (this.#isOpen || this.#busy > 0)) {
        await this.#change.next()
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
      this.#change.announce()
    }
  }
}
