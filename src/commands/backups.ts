import { dumpData } from '../dumps/listing.ts'
import { usageError } from '../errors.ts'
import type { Command } from '../line/command.ts'
import { onlyName, refuseWords, targetOf, targetOptions } from '../line/options.ts'
import { backupTables, snapshotData } from '../restore/snapshots/listing.ts'

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
      const [verb = '', ...names] = request.args
      const wanted = removing.has(verb) ? ['backups:delete', ...names].join(' ') : 'backups'
      refuseWords('backups', request, `\`development ${wanted}\``)
      const [{ listSnapshots }, { listDumps }] = await Promise.all([
        import('../restore/snapshots/find.ts'),
        import('../dumps/cache.ts'),
      ])
      const { target, missing, snapshots } = await listSnapshots(request.project, targetOf(request.options))
      const dumps = await listDumps(request.project.ambient.cache)
      if (request.options.json) {
        const data = { missing, snapshots: snapshots.map(snapshotData), dumps: dumps.map(dumpData) }
        return { text: JSON.stringify(data, null, 2) }
      }
      return { text: backupTables({ target, missing }, snapshots, dumps, request.project.ambient.now) }
    },
  },
}

const removing: ReadonlySet<string> = new Set(['delete', 'remove', 'rm', 'drop'])

export const deleteBackup: Command = {
  name: 'backups:delete',
  summary: 'remove a snapshot of the database',
  examples: [
    'development backups:delete before-migration',
    'development backups:delete pristine',
    'development --dry-run backups:delete before-migration',
  ],
  operands: ['snapshots'],
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
      const { prepareDelete } = await import('../restore/snapshots/prepare.ts')
      return prepareDelete(project, { ...targetOf(options), name }, dryRun)
    },
  },
}
