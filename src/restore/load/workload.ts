import { Change } from '../../run/change.ts'
import { hasRows, type Task, takeNext } from './next-tasks.ts'

type Workers<Work> = {
  readonly jobs: number
  /** Does tasks of one kind; returns those that have become possible. */
  readonly perform: (tasks: Task<Work>[]) => Promise<Task<Work>[]>
  /**
   * Does at once what is left when the rows are in, and what becomes possible by it, beside what others are still doing. Without, all is
   * done by `perform`.
   */
  readonly performRest?: ((tasks: Task<Work>[]) => Promise<void>) | undefined
  /** Is called with the first failure right then, to end what the others are doing. */
  readonly onFailure: (error: unknown) => void
}

/**
 * Lets workers do what is added, until `close` has been called and everything is done. `done` resolves to what is left when the rows
 * are in and no worker is busy, and rejects with the first failure.
 */
export class Workload<Work> {
  readonly done: Promise<Task<Work>[]>
  readonly #ready: Task<Work>[] = []
  #isOpen = true
  #isBroken = false
  #busy: Task<Work>[] = []
  readonly #change = new Change()

  constructor(readonly workers: Workers<Work>) {
    const running = Array.from({ length: workers.jobs }, () => this.#work())
    this.done = Promise.allSettled(running).then((ends) => {
      for (const end of ends) if (end.status === 'rejected') throw end.reason
      return this.#ready
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
      while (this.#ready.length === 0 && !this.#isBroken && (this.#isOpen || this.#busy.length > 0)) {
        await this.#change.next()
      }
      if (this.#isBroken || this.#ready.length === 0 || this.#isForTheEnd()) return
      await this.#performSome()
    }
  }

  async #performSome(): Promise<void> {
    const { jobs, perform, performRest, onFailure } = this.workers
    const rest = performRest && this.#rowsAreIn() ? performRest : undefined
    const tasks = rest ? this.#ready.splice(0) : takeNext(this.#ready, jobs)
    this.#busy.push(...tasks)
    try {
      if (rest) await rest(tasks)
      else this.#ready.push(...(await perform(tasks)))
    } catch (error) {
      this.stop()
      onFailure(error)
      throw error
    } finally {
      this.#busy = this.#busy.filter((task) => !tasks.includes(task))
      this.#change.announce()
    }
  }

  /** Whether what is left can be done together with what comes last. */
  #isForTheEnd(): boolean {
    return this.workers.performRest !== undefined && this.#busy.length === 0 && this.#rowsAreIn()
  }

  #rowsAreIn(): boolean {
    return !this.#isOpen && ![...this.#ready, ...this.#busy].some(hasRows)
  }
}
