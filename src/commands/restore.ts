import type { Environment, HerokuEnvironment } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import type { OwnCommand, Prepared, Request } from './command.ts'

export const restore: OwnCommand = {
  kind: 'own',
  where: ['local', 'heroku'],
  name: 'restore',
  aliases: ['restore-from'],
  usage: 'SOURCE [options] [-- PG_RESTORE_OPTIONS]',
  summary: 'replace the database by the newest backup of SOURCE',
  runs: 'here: pg_restore into a new database, then a swap of names; on Heroku: pg:reset, pg:backups:restore',
  examples: [
    'development restore production',
    'staging restore production',
    'development restore production --backup b123',
    'staging restore development',
  ],
  options: [
    { flags: '--backup <id>', summary: 'this backup instead of the newest, such as b123' },
    { flags: '--from-db <name>', summary: 'another database of the source, such as PINK' },
    { flags: '--force', summary: 'on Heroku: overwrite a protected environment, after a backup of it' },
    { flags: '--confirm <app>', summary: 'on Heroku: the name of the app to overwrite, instead of typing it' },
    { flags: '--file <dump>', summary: 'here: a dump file instead of a backup' },
    { flags: '--offline', summary: 'here: the newest dump that is in the cache, without asking Heroku' },
    { flags: '--database <url>', summary: 'here: the local database, a URL or a name' },
    { flags: '--db <entry>', summary: 'here: the entry of config/database.yml, where it has several' },
    { flags: '--jobs <n>', summary: 'here: parallel jobs of pg_restore' },
    { flags: '--parallelize', summary: 'here: as many jobs as cores' },
    { flags: '--no-keep', summary: 'here: do not keep the old database for `development undo`' },
    { flags: '--skip-extension <names>', summary: 'here: leave these extensions out, separated by commas' },
  ],
  prepare: (request) =>
    request.environment.kind === 'local' ? here(request) : onHeroku(request as Request<HerokuEnvironment>),
}

const onlyHere = ['file', 'offline', 'database', 'db', 'jobs', 'parallelize', 'skipExtension']
const onlyOnHeroku = ['force', 'confirm']

async function here(request: Request): Promise<Prepared> {
  const { project, options, extra, dryRun } = request
  refuseOptions(request, onlyOnHeroku, 'a Heroku environment')
  const { prepareRestore } = await import('../restore/prepare.ts')
  const words = {
    source: onlySource(request),
    file: text(options.file),
    backup: text(options.backup),
    fromDatabase: text(options.fromDb),
    offline: options.offline === true,
    database: text(options.database),
    db: text(options.db),
    jobs: text(options.jobs),
    parallelize: options.parallelize === true,
    keep: options.keep !== false,
    skipExtensions: text(options.skipExtension)?.split(',').filter(Boolean) ?? [],
    pgRestore: extra,
  }
  return prepareRestore(project, words, dryRun)
}

async function onHeroku(request: Request<HerokuEnvironment>): Promise<Prepared> {
  const { project, environment, options, dryRun } = request
  refuseOptions(request, onlyHere, 'this machine')
  if (request.extra.length > 0)
    throw usageError(
      `\`${request.extra.join(' ')}\` is for pg_restore, which runs on Heroku's side here`,
      'leave out what follows `--`',
    )
  const { prepareRemoteRestore } = await import('../restore/remote.ts')
  const words = {
    source: onlySource(request),
    backup: text(options.backup),
    fromDatabase: text(options.fromDb),
    force: options.force === true,
    confirm: text(options.confirm),
  }
  return prepareRemoteRestore(project, environment, words, dryRun)
}

function onlySource({ args, environment }: Request): string | undefined {
  const [source, ...others] = args
  if (others.length > 0)
    throw usageError(
      `\`restore\` takes one source, got \`${args.join(' ')}\``,
      `\`${environment.name} restore ${source}\``,
    )
  return source
}

function refuseOptions({ options, environment }: Request<Environment>, names: readonly string[], where: string): void {
  const given = names.find((name) => options[name] !== undefined)
  if (given === undefined) return
  const flag = `--${given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  throw usageError(
    `\`${flag}\` is for restoring ${where}, and ${environment.name} is not that`,
    `\`${environment.name} restore --help\` shows the options`,
  )
}

function text(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
