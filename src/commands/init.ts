import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { allEnvironments, type Project } from '../environments/environments.ts'
import {
  type FirstEnvironment,
  firstConfiguration,
  type KnownApp,
  nameApps,
} from '../environments/first-configuration.ts'
import { usageError } from '../errors.ts'
import type { Command, Request } from '../line/command.ts'
import { refuseWords } from '../line/options.ts'
import type { Prepared } from '../run/plan.ts'

export const init: Command = {
  name: 'init',
  summary: 'write a first .parityrc from git remotes and the Heroku pipeline',
  examples: ['parity init', 'parity --dry-run init', 'parity init --force'],
  options: [{ flags: '--force', summary: 'overwrite the .parityrc that is there' }],
  parity: {
    words: 'read',
    usage: '[--force]',
    runs: 'git config and reads of the Heroku API; writes .parityrc',
    prepare: prepareInit,
  },
}

async function prepareInit(request: Request<undefined>): Promise<Prepared> {
  const { project, options } = request
  refuseWords('init', request, '`parity init`')
  const path = join(project.root, '.parityrc')
  refuseExisting(project, path, options.force === true)
  const remotes = allEnvironments({ ...project, configuration: {} }).flatMap((environment) =>
    environment.kind === 'heroku' ? [{ app: environment.app, remote: environment.name }] : [],
  )
  const { apps, notes } = await askPipelines(project, remotes)
  const environments = nameApps([...remotes, ...apps])
  const schema = './node_modules/heroku-parity/dist/parityrc.schema.json'
  const text = firstConfiguration(environments, existsSync(join(project.root, schema)) ? schema : undefined)
  const name = relative(project.folder, path)
  return {
    plan: {
      notes: [...notes, ...text.trimEnd().split('\n')],
      steps: [{ effect: 'write', description: `write: ${name}` }],
      cleanup: [],
      done: doneWords(name, environments),
    },
    handlers: { write: () => write(path, text, options.force === true) },
  }
}

/** Throws a usage error for a configuration that is there: another one beside it would be an error from then on. */
function refuseExisting({ configuration: { file }, folder }: Project, path: string, force: boolean): void {
  const own = relative(folder, path)
  if (file !== undefined && file !== own)
    throw usageError(`the configuration of this project is \`${file}\``, 'edit it, or remove it and run `parity init`')
  if (existsSync(path) && !force) throw usageError(`\`${own}\` already exists`, '`parity init --force` overwrites it')
}

/** The apps of the pipelines that these are in; without a login, or an answer, none and a line that says so. */
async function askPipelines(
  { ambient: { env } }: Project,
  remotes: readonly KnownApp[],
): Promise<{ apps: KnownApp[]; notes: string[] }> {
  if (remotes.length === 0) return { apps: [], notes: [] }
  const [{ connectHeroku }, { pipelineApps, pipelineCoupling }, { inspector }] = await Promise.all([
    import('../heroku/connect.ts'),
    import('../heroku/apps.ts'),
    import('../run/inspect.ts'),
  ])
  const { inspect, unseen } = inspector()
  const api = connectHeroku(env)
  const ids = await Promise.all(
    remotes.map(async ({ app }) => (await inspect(app, 'pipeline', pipelineCoupling(api, app)))?.pipelineId ?? []),
  )
  const lists = await Promise.all(
    [...new Set(ids.flat())].map((id) => inspect(id, 'apps of the pipeline', pipelineApps(api, id))),
  )
  const reasons = new Set(unseen.map(({ why }) => `git remotes alone are used: ${why}`))
  return { apps: lists.flatMap((list) => list ?? []), notes: [...reasons] }
}

async function write(path: string, text: string, force: boolean): Promise<void> {
  const { writeUserFile } = await import('../run/write-user-file.ts')
  await writeUserFile(path, text, { overwrite: force })
}

function doneWords(file: string, environments: readonly FirstEnvironment[]): string {
  if (environments.length === 0)
    return `no git remote leads to Heroku: write your apps into ${file}; \`heroku apps\` lists them`
  const others = environments.map(({ name }) => name).filter((name) => !['production', 'staging'].includes(name))
  const next =
    others.length > 0 ? `\`parity link\` lets you type \`${others[0]} logs\`` : '`parity environments` lists them'
  return `${file} has ${environments.map(({ name }) => name).join(', ')}; ${next}`
}
