import { dumpData } from '../dumps/listing.ts'
import type { HerokuEnvironment } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import type { Command, Request, Text } from '../line/command.ts'
import { onlyName, refuseWords, targetOf, targetOptions } from '../line/options.ts'
import { passthroughCall } from '../passthrough/passthrough.ts'
import { backupTables, snapshotData } from '../restore/snapshots/listing.ts'
import { type Prepared, plan } from '../run/plan.ts'
import { harmlessJson } from '../terminal/harmless.ts'

export const backups: Command = {
  name: 'backups',
  summary: 'list the backups on Heroku, or here the snapshots and the dumps in the cache',
  reading: isListing,
  examples: ['production backups', 'production backups --json', 'development backups', 'development backups --json'],
  options: [{ flags: '--json', summary: 'print JSON' }, ...targetOptions],
  heroku: {
    words: 'forwarded',
    usage: '[--json]',
    runs: 'one read of the Heroku API; with other words `heroku backups` of a plugin',
    prepare: listOnHeroku,
  },
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
      return { text: backupTables({ target, missing }, snapshots, dumps, request.project.ambient.now), isProse: true }
    },
  },
}

/** Nothing else behind it, or what is ours. */
function isListing([first, ...others]: readonly string[]): boolean {
  return others.length === 0 && (first === undefined || first === '--json')
}

/** Heroku has no command of that name: other words than ours are a plugin's. */
async function listOnHeroku({ project, environment, args }: Request<HerokuEnvironment>): Promise<Text | Prepared> {
  const { app, name } = environment
  if (!isListing(args)) return { plan: plan(passthroughCall(app, name, 'backups', args)) }
  const [{ connectHeroku }, { backupsOf, listBackups }, { backupData, backupTable }] = await Promise.all([
    import('../heroku/connect.ts'),
    import('../heroku/backups.ts'),
    import('../heroku/backup-listing.ts'),
  ])
  const { env, now } = project.ambient
  const backups = backupsOf(await listBackups(connectHeroku(env), app))
  return args.length > 0
    ? { text: harmlessJson(JSON.stringify(backupData(backups), null, 2)) }
    : { text: backupTable(app, backups, now), isProse: true }
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
