/** Kinds of work, in their order: first what more work waits for. */
const kinds = ['rows', 'read', 'constraints', 'entries', 'analyze'] as const

/** Something for one pg_restore to do. */
export type Task<Work> = {
  readonly work: Work
  /** What may share a pg_restore: tasks of one kind. */
  readonly kind: (typeof kinds)[number]
  /** About how much there is to do, in bytes of the archive, as far as is known now. */
  readonly weight: () => number
  /** Whether all that it needs is there: what is still arriving has a separate pg_restore. */
  readonly isWhole: () => boolean
}

/** Whether it reads rows, of which more may arrive. */
export function hasRows({ kind }: Task<unknown>): boolean {
  return kind === 'rows' || kind === 'read'
}

/** Tasks below so many bytes are done together: to start a pg_restore takes longer than they do. */
export const small = 1_048_576

/** Whether tasks are less work than the start of a pg_restore for each, and all that they need is there. */
export function isLittle(tasks: readonly Task<unknown>[]): boolean {
  return tasks.every((task) => task.isWhole()) && tasks.reduce((sum, task) => sum + task.weight(), 0) < small
}

/**
 * What one of `jobs` free workers should do next: of the kind that most waits for, the largest task, so that it does not come last; or
 * where all are small, its share of them; or all of these where they are little work together. The tasks are taken off `ready`.
 */
export function takeNext<Work>(ready: Task<Work>[], jobs: number): Task<Work>[] {
  const kind = kinds.find((one) => ready.some((task) => task.kind === one))
  const ofKind = ready.filter((task) => task.kind === kind)
  const largest = ofKind.reduce((one, other) => (other.weight() > one.weight() ? other : one))
  const isSmall = (task: Task<Work>) => task.kind === kind && isLittle([task])
  const alike = isSmall(largest) ? ready.filter(isSmall) : []
  const share = isLittle(alike) ? alike.length : Math.ceil(alike.length / jobs)
  const taken = new Set(alike.length > 0 ? alike.slice(0, share) : [largest])
  ready.splice(0, ready.length, ...ready.filter((task) => !taken.has(task)))
  return [...taken]
}
