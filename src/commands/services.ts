import type { LocalEnvironment } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import type { Command, Request, Text } from '../line/command.ts'
import { onlyOptions, text } from '../line/options.ts'
import type { Prepared } from '../run/plan.ts'

export const services: Command = {
  name: 'services',
  summary: 'run servers like production’s on this machine: Postgres, Redis, Memcached',
  examples: [
    'development services up',
    'development services up --engine docker',
    'development services logs redis --follow',
    'development services down',
    'development services rehearse postgres 18 -- bin/rails test',
  ],
  options: [
    { flags: '--write', summary: 'write them into the Compose file; everything else in it stays' },
    { flags: '--offline', summary: 'use production’s add-ons as they were seen last; do not ask Heroku' },
    { flags: '--any-version', summary: 'start another version than production’s if that one is not installed' },
    {
      flags: '--engine <name>',
      summary: 'docker or native: Docker Compose, or installed servers; without it Docker where it works',
    },
    { flags: '--env', summary: 'write the variables into .env, or .env.development.local, if not there yet' },
    { flags: '--follow', summary: 'show what is logged from now on too' },
    { flags: '--yes', summary: 'remove the data without asking' },
    { flags: '--keep', summary: 'leave the server of a rehearsal running' },
    { flags: '--remove', summary: 'remove the rehearsals that were kept' },
    { flags: '--markdown', summary: 'print the report of a rehearsal as Markdown' },
    { flags: '--json', summary: 'print JSON' },
  ],
  local: {
    words: 'read',
    usage: '[up|down|status|logs|reset|rehearse] [SERVICE...]',
    runs: 'docker compose; or initdb, pg_ctl, redis-server, memcached, with data in .parity',
    prepare: async (request) => {
      const [verb = 'list', ...names] =
        request.args[0] === 'rehearse' ? request.args : [...request.args, ...request.extra]
      const run = verbs[verb]
      if (run === undefined)
        throw usageError(
          `\`services\` has no \`${verb}\``,
          `\`development services ${Object.keys(verbs).slice(1).join(' | ')}\``,
        )
      onlyOptions(`services ${verb}`, request.options, allowed[verb] ?? [])
      return run(request, names)
    },
  },
}

type Run = (request: Request<LocalEnvironment>, names: readonly string[]) => Promise<Prepared | Text>

/** Which options each of them has. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  list: ['offline', 'json', 'write'],
  up: ['offline', 'anyVersion', 'engine', 'env'],
  status: ['json'],
  logs: ['follow'],
  reset: ['yes'],
  rehearse: ['keep', 'remove', 'markdown', 'json'],
}

const verbs: Readonly<Record<string, Run>> = {
  list: async ({ project, options, dryRun }) => {
    const { listText, prepareComposeFile } = await import('../services/prepare.ts')
    if (options.write) return prepareComposeFile(project, options.offline === true, dryRun)
    return listText(project, { offline: options.offline === true, json: options.json === true }, dryRun)
  },
  up: async ({ project, options, dryRun }, names) => {
    const { prepareUp } = await import('../services/prepare.ts')
    const words = {
      names,
      offline: options.offline === true,
      anyVersion: options.anyVersion === true,
      env: options.env === true,
      engine: text(options.engine),
    }
    return prepareUp(project, words, dryRun)
  },
  down: async ({ project, dryRun }, names) => {
    const { prepareDown } = await import('../services/state.ts')
    return prepareDown(project, names, dryRun)
  },
  status: async ({ project, options }, names) => {
    refuseNames('status', names)
    const { statusText } = await import('../services/state.ts')
    return statusText(project, options.json === true)
  },
  logs: async ({ project, options }, names) => {
    const { prepareLogs } = await import('../services/state.ts')
    return prepareLogs(project, names, options.follow === true)
  },
  reset: async ({ project, options, dryRun }, names) => {
    refuseNames('reset', names)
    const { prepareReset } = await import('../services/state.ts')
    return prepareReset(project, options.yes === true, dryRun)
  },
  rehearse: async ({ project, options, extra }, [engine, major = '', ...others]) => {
    const { prepareRehearsal, prepareRemoval } = await import('../rehearse/prepare.ts')
    if (options.remove) {
      if (engine !== undefined || extra.length > 0 || options.keep || options.json || options.markdown)
        throw usageError('`--remove` stands alone', '`development services rehearse --remove`')
      return prepareRemoval(project)
    }
    if (engine !== 'postgres' || others.length > 0)
      throw usageError(
        '`services rehearse` takes `postgres` and a major version',
        '`development services rehearse postgres 18 -- COMMAND`',
      )
    if (options.json && options.markdown)
      throw usageError('`--json` and `--markdown` cannot be combined', 'use one of them')
    const form = options.json ? 'json' : options.markdown ? 'markdown' : 'text'
    return prepareRehearsal(project, { major, command: extra, keep: options.keep === true, form })
  },
}

function refuseNames(verb: string, names: readonly string[]): void {
  if (names.length > 0)
    throw usageError(
      `\`services ${verb}\` takes no arguments, got \`${names.join(' ')}\``,
      `\`development services ${verb}\``,
    )
}
