import type { HerokuEnvironment, LocalEnvironment } from '../environments/environments.ts'
import { typedAs } from '../environments/typed.ts'
import { usageError } from '../errors.ts'
import type { Command, Request } from '../line/command.ts'
import { targetOf, targetOptions, text, watchOptions } from '../line/options.ts'
import type { Prepared } from '../run/plan.ts'

export const restore: Command = {
  name: 'restore',
  aliases: ['restore-from'],
  summary: 'replace the database with the newest backup of SOURCE',
  examples: [
    'development restore production',
    'staging restore production',
    'development restore production --backup b123',
    'development restore before-migration',
    'staging restore development',
  ],
  operands: ['sources'],
  options: [
    { flags: '--backup <id>', summary: 'this backup instead of the newest, such as b123', values: 'backups' },
    { flags: '--from-db <name>', summary: 'another database of the source, such as PINK' },
    { flags: '--fresh', summary: 'capture a backup of the source first, and take that' },
    { flags: '--to-db <name>', summary: 'another database of the app to overwrite, such as PINK', where: 'heroku' },
    { flags: '--extensions <names>', summary: 'install these extensions first, separated by commas', where: 'heroku' },
    { flags: '--maintenance', summary: 'turn maintenance mode on during the restore', where: 'heroku' },
    { flags: '--force', summary: 'overwrite a protected environment, after a backup of it', where: 'heroku' },
    { flags: '--confirm <app>', summary: 'the name of the app to overwrite, instead of typing it', where: 'heroku' },
    { flags: '--file <dump>', summary: 'a dump file instead of a backup', where: 'local', values: 'files' },
    { flags: '--url <address>', summary: 'a dump behind an https address instead of a backup', where: 'local' },
    { flags: '--offline', summary: 'use the newest cached dump; do not ask Heroku', where: 'local' },
    ...targetOptions,
    { flags: '--jobs <n>', summary: 'parallel jobs of pg_restore', where: 'local' },
    { flags: '--parallelize', summary: 'as many jobs as cores', where: 'local' },
    { flags: '--no-keep', summary: 'do not keep the old database for `development undo`', where: 'local' },
    {
      flags: '--no-pristine',
      summary: 'load the dump even if it was restored before; keep no copy',
      where: 'local',
    },
    {
      flags: '--no-scrub',
      summary: 'do not scrub; needs `restore.scrub.optional: true`',
      where: 'local',
    },
    { flags: '--skip-extension <names>', summary: 'leave these extensions out, separated by commas', where: 'local' },
    {
      flags: '--allow-missing <names>',
      summary: 'go on without these indexes, keys and views if they cannot be made, separated by commas',
      where: 'local',
    },
    ...watchOptions,
  ],
  heroku: {
    words: 'read',
    usage: 'SOURCE [options]',
    runs: 'heroku pg:reset, then heroku pg:backups:restore (a local database: heroku pg:push)',
    prepare: onHeroku,
  },
  local: {
    words: 'read',
    usage: 'SOURCE [options] [-- PG_RESTORE_OPTIONS]',
    runs: 'pg_restore into a new database, then a swap of names',
    prepare: here,
  },
}

async function here(request: Request<LocalEnvironment>): Promise<Prepared> {
  const { project, options, extra, dryRun } = request
  const [{ prepareRestore }, { namesIn }] = await Promise.all([
    import('../restore/prepare.ts'),
    import('../restore/load/missing.ts'),
  ])
  const words = {
    source: onlySource(request),
    file: text(options.file),
    backup: text(options.backup),
    fromDatabase: text(options.fromDb),
    fresh: options.fresh === true,
    url: text(options.url),
    offline: options.offline === true,
    ...targetOf(options),
    jobs: text(options.jobs),
    parallelize: options.parallelize === true,
    keep: options.keep !== false,
    pristine: options.pristine !== false,
    scrub: options.scrub !== false,
    skipExtensions: text(options.skipExtension)?.split(',').filter(Boolean) ?? [],
    allowMissing: namesIn(text(options.allowMissing) ?? ''),
    pgRestore: extra,
  }
  return prepareRestore(project, words, dryRun)
}

async function onHeroku(request: Request<HerokuEnvironment>): Promise<Prepared> {
  const { project, environment, options, dryRun } = request
  if (request.extra.length > 0)
    throw usageError(
      `\`${request.extra.join(' ')}\` is an option of pg_restore, which runs on Heroku here`,
      'remove what follows `--`',
    )
  const { prepareRemoteRestore } = await import('../restore/remote/prepare.ts')
  const words = {
    source: onlySource(request),
    backup: text(options.backup),
    fresh: options.fresh === true,
    fromDatabase: text(options.fromDb),
    toDatabase: text(options.toDb),
    extensions: text(options.extensions),
    maintenance: options.maintenance === true,
    force: options.force === true,
    confirm: text(options.confirm),
  }
  return prepareRemoteRestore(project, environment, words, dryRun)
}

function onlySource({ args, environment }: Request<LocalEnvironment | HerokuEnvironment>): string | undefined {
  const [source, ...others] = args
  if (others.length > 0)
    throw usageError(
      `\`restore\` takes one source, got \`${args.join(' ')}\``,
      `\`${[typedAs(environment), 'restore', source, ...backupOf(others)].join(' ')}\``,
    )
  return source
}

/** What was typed as an id of a backup, as an option. `latest` is what is taken without one. */
function backupOf([word = '']: readonly string[]): readonly string[] {
  const number = /^[abr]?(\d{1,5})$/.exec(word)?.[1]
  return number === undefined ? [] : ['--backup', /^\d/.test(word) ? `b${number.padStart(3, '0')}` : word]
}
