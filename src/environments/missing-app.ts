import { failure } from '../errors.ts'
import { connectHeroku } from '../heroku/connect.ts'
import { NoSuchApp } from '../heroku/heroku-error.ts'
import { asObjects, asText } from '../heroku/json.ts'
import { allEnvironments, type HerokuEnvironment, type Project } from './environments.ts'
import { suggest } from './suggest.ts'

/**
 * What gives the same error; for an app that Heroku does not know, one with the setting that names it and the app of this account that
 * was probably meant. The account is asked once.
 */
export function missingAppExplainer(project: Project): (error: unknown) => Promise<unknown> {
  let apps: Promise<string[]> | undefined
  return async (error) => {
    if (!(error instanceof NoSuchApp)) return error
    apps ??= appsOf(project)
    return explain(project, error, await apps)
  }
}

function explain(project: Project, error: NoSuchApp, apps: readonly string[]): Error {
  const environment = allEnvironments(project).find(
    (one): one is HerokuEnvironment => one.kind === 'heroku' && one.app === error.app,
  )
  if (environment === undefined) return error
  return missingApp(
    environment,
    suggest(
      error.app,
      apps.filter((app) => app !== error.app),
    ),
  )
}

/** The error for an environment whose app is not there; `meant` is a name that looks like it. */
function missingApp({ name, app, origin, remote }: HerokuEnvironment, meant: string | undefined): Error {
  const isRemote = origin.startsWith('git remote ')
  const fix = isRemote
    ? `\`heroku git:remote --app ${meant ?? 'APP'} --remote ${remote ?? name}\``
    : `fix \`environments.${name}\` in ${origin}`
  return failure(
    `no app \`${app}\` is visible to this account${meant ? `, did you mean \`${meant}\`?` : ''} (${name} by ${origin})`,
    meant === undefined ? `${fix}; \`heroku apps --all\` lists the apps that are` : fix,
  )
}

/** The names of the apps of this account; none where they cannot be read. */
async function appsOf({ ambient }: Project): Promise<string[]> {
  const apps = await connectHeroku(ambient.env)
    .get('/apps')
    .catch(() => [])
  return asObjects(apps).flatMap(({ name }) => asText(name) ?? [])
}
