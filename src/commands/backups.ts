import type { Snapshot } from '../databases/ours.ts'
import type { CachedDump } from '../dumps/cache.ts'
import { usageError } from '../errors.ts'
import type { Command } from '../line/command.ts'
import { onlyName, refuseWords, targetOf, targetOptions } from '../line/options.ts'
import { printable } from '../terminal/harmless.ts'
import { table } from '../terminal/table.ts'
import { age, size } from '../terminal/units.ts'
import { asData as dumpData, asRow as dumpRow } from './cache.ts'

export const backups: Command = {
  name: 'backups',
  summary: 'list the snapshots of the database, and the dumps in the cache',
  examples: ['development backups', 'development backups --json', 'development backups --database acme_test'],
  options: [{ flags: '--json', summary: 'print JSON' }, ...targetOptions],
  local: {
    words: 'read',
    usage: '[--json]',
    runs: 'queries of the catalogue; Heroku is not asked',
    prepare: async (request) => {
      refuseWords('backups', request, '`development backups`')
      const [{ listSnapshots }, { listDumps }] = await Promise.all([
        import('../restore/snapshots/find.ts'),
        import('../dumps/cache.ts'),
      ])
      const { target, snapshots } = await listSnapshots(request.project, targetOf(request.options))
      const dumps = await listDumps(request.project.ambient.cache)
      if (request.options.json)
        return { text: JSON.stringify({ snapshots: snapshots.map(snapshotData), dumps: dumps.map(dumpData) }, null, 2) }
      return { text: listing(target, snapshots, dumps, request.project.ambient.now) }
    },
  },
}

/** Both lists, for people. */
export function listing(
  target: string,
  snapshots: readonly Snapshot[],
  dumps: readonly CachedDump[],
  now: Date,
): string {
  return [
    `snapshots of ${printable(target)}${snapshots.length === 0 ? ': none' : ''}`,
    ...indented(snapshots.map((snapshot) => snapshotRow(snapshot, now))),
    `dumps in the cache${dumps.length === 0 ? ': none' : ''}`,
    ...indented(dumps.map((dump) => dumpRow(dump, now))),
  ].join('\n')
}

function indented(rows: string[][]): string[] {
  return rows.length === 0 ? [] : [table(rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]))]
}

function snapshotRow({ name, database, mark }: Snapshot, now: Date): string[] {
  const made = mark.createdAt === undefined ? 'of unknown age' : `${age(new Date(mark.createdAt), now)} old`
  return [name, made, database.size === null ? '' : size(database.size), `of ${printable(mark.source ?? mark.target)}`]
}

function snapshotData({ name, database, mark }: Snapshot): Record<string, unknown> {
  return {
    name,
    database: database.name,
    createdAt: mark.createdAt ?? null,
    bytes: database.size,
    source: mark.source ?? null,
  }
}

export const deleteBackup: Command = {
  name: 'backups:delete',
  summary: 'remove a snapshot of the database',
  examples: [
    'development backups:delete before-migration',
    'development backups:delete pristine',
    'development --dry-run backups:delete before-migration',
  ],
  options: targetOptions,
  local: {
    words: 'read',
    usage: 'NAME [options]',
    runs: 'DROP DATABASE of the snapshot',
    prepare: async (request) => {
      const { project, options, dryRun } = request
      const name = onlyName('backups:delete', request, 'development backups:delete')
      if (name === undefined)
        throw usageError('`backups:delete` needs the name of a snapshot', '`development backups` lists them')
      const { prepareDelete } = await import('../restore/snapshots/delete.ts')
      return prepareDelete(project, { ...targetOf(options), name }, dryRun)
    },
  },
}
