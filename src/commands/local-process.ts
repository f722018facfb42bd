import type { Project } from '../environments/environments.ts'
import type { Call } from '../run/call.ts'

/**
 * A program of the project's on this machine, in the folder where it was typed, with the environment as it is. `DATABASE_URL` is added
 * only where the configuration names the database, which the program cannot know, and never for tests: with it, a test suite would
 * empty the development database instead of the test one.
 */
export async function localProcess(project: Project, words: readonly string[]): Promise<Call> {
  const [program = '', ...args] = words
  if (project.configuration.development?.database === undefined || runsTests(words, project.ambient.env))
    return { program, args }
  const [{ findTarget }, { connectionUrl }] = await Promise.all([
    import('../databases/inspect.ts'),
    import('../postgres/connection-url.ts'),
  ])
  const { connection } = await findTarget(project, {})
  const variables = { DATABASE_URL: connectionUrl(connection) }
  return { program, args, ...(connection.password === undefined ? { env: variables } : { secrets: variables }) }
}

/** Whether a line looks like one that runs tests, by its words or by the variables that frameworks name their environment in. */
function runsTests(words: readonly string[], env: Readonly<Record<string, string | undefined>>): boolean {
  const named = ['RAILS_ENV', 'RACK_ENV', 'NODE_ENV', 'APP_ENV', 'MIX_ENV'].some((name) => env[name] === 'test')
  return named || words.some((word) => /(^|[^a-z])(tests?|specs?|rspec|pytest|jest|vitest)([^a-z]|$)/i.test(word))
}
