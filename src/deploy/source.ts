import { allEnvironments, type HerokuEnvironment, type Project, tryEnvironment } from '../environments/environments.ts'
import { typedAs } from '../environments/typed.ts'
import { usageError } from '../errors.ts'
import { type Git, gitIn } from '../git/git.ts'
import type { Api } from '../heroku/api.ts'
import { upstreamApps } from '../heroku/apps.ts'
import type { Source } from './compare.ts'
import { destinationOf } from './inspect.ts'
import { commitOf, usualRef } from './ref.ts'

/**
 * What would ship to an environment: what `name` means, an environment or a commit; without it the app that its pipeline promotes from,
 * else what `deploy` takes. Throws a usage error for a name that means nothing.
 */
export async function chooseSource(
  project: Project,
  api: Api,
  target: HerokuEnvironment,
  isProtected: boolean,
  name: string | undefined,
): Promise<Source> {
  if (name !== undefined) return named(project, target, name)
  const apps = await upstreamApps(api, target.app)
  const known = allEnvironments(project).find(
    (environment): environment is HerokuEnvironment => environment.kind === 'heroku' && apps.includes(environment.app),
  )
  if (known) return known
  const [app] = apps
  if (app !== undefined) return { kind: 'heroku', name: app, app, origin: 'the pipeline' }
  const git = gitOf(project, target)
  const { ref } = await usualRef(git, target, isProtected, destinationOf(project, target))
  return { kind: 'ref', ref, commit: await commitOf(git, target, ref) }
}

async function named(project: Project, target: HerokuEnvironment, name: string): Promise<Source> {
  const environment = tryEnvironment(project, name)
  if (environment?.kind === 'heroku') {
    if (environment.app !== target.app) return environment
    throw usageError(
      `\`${name}\` and \`${target.name}\` are the same app, ${target.app}`,
      '`parity environments` lists the environments',
    )
  }
  const ref = environment?.kind === 'local' ? 'HEAD' : name
  const { status, stdout } = await gitOf(project, target)('rev-parse', '--verify', '--quiet', `${ref}^{commit}`)
  if (status === 0) return { kind: 'ref', ref, commit: stdout }
  throw usageError(
    `\`${name}\` is neither an environment nor a branch, tag or commit`,
    '`parity environments` lists the environments, `git branch --all` the branches',
  )
}

function gitOf({ inGit, folder }: Project, { name }: HerokuEnvironment): Git {
  if (inGit) return gitIn(folder)
  throw usageError(
    'not a git repository: there is no commit here to compare with',
    `run this in the repository of the app, or name an environment: \`${typedAs({ name })} diff ENVIRONMENT\``,
  )
}
