import type { TocEntry } from '../../postgres/archive.ts'
import type { DataBlock } from './data-blocks.ts'
import { isLittle, type Task } from './next-tasks.ts'
import type { Rows } from './order.ts'
import type { LoadWork } from './pg-restore.ts'

export type RowsWork = { readonly kind: 'rows'; readonly rows: Rows; readonly block: DataBlock }
type EntriesWork = {
  readonly kind: 'entries'
  readonly entries: readonly TocEntry[]
  /** What is to be made after these. */
  readonly later: readonly TocEntry[]
  /** The tasks that have become possible. */
  readonly next: () => Task<Work>[]
}
export type AnalyzeWork = { readonly kind: 'analyze'; readonly entry: TocEntry }
export type ReadWork = { readonly kind: 'read'; readonly entry: TocEntry; readonly block: DataBlock }
export type Work = RowsWork | EntriesWork | AnalyzeWork | ReadWork

/** Reads a block, which may still be arriving. */
export function blockTask({ file }: Pick<LoadWork, 'file'>, work: RowsWork | ReadWork): Task<Work> {
  const { block } = work
  return {
    work,
    kind: work.kind,
    weight: () => (block.end ?? file.size) - block.start,
    isWhole: () => block.end !== undefined,
  }
}

/**
 * What to do when a table has its rows: its constraints, then its indexes side by side, or all at once for a small table; then its
 * statistics.
 */
export function tasksAfterRows(run: Pick<LoadWork, 'file' | 'analyze'>, work: RowsWork): Task<Work>[] {
  const { rows, block } = work
  const weight = () => (block.end ?? run.file.size) - block.start
  const task = (kind: Task<Work>['kind'], work: Work): Task<Work> => ({ work, kind, weight, isWhole: () => true })
  const make = (entries: readonly TocEntry[], next: () => Task<Work>[]) =>
    task('entries', { kind: 'entries', entries, later: [], next })
  const statistics = run.analyze && rows.isAll ? [task('analyze', { kind: 'analyze', entry: rows.entry })] : []
  const all = [...rows.constraints, ...rows.indexes]
  if (all.length === 0) return statistics
  if (isLittle([blockTask(run, work)]) || rows.indexes.length === 0) return [make(all, () => statistics)]
  let left = rows.indexes.length
  const afterOne = () => (--left === 0 ? statistics : [])
  const indexes = rows.indexes.map((entry) => make([entry], afterOne))
  if (rows.constraints.length === 0) return indexes
  return [task('constraints', { kind: 'entries', entries: rows.constraints, later: rows.indexes, next: () => indexes })]
}
