import { psql as psqlCall } from '../heroku/calls.ts'
import type { Command } from '../line/command.ts'
import { refuseSecondApp } from '../passthrough/passthrough.ts'
import { plan } from '../run/plan.ts'

export const psql: Command = {
  name: 'psql',
  summary: 'open the database with psql',
  examples: [
    'staging psql',
    'development psql',
    "production psql --command 'select count(*) from users'",
    'staging psql DATABASE_URL',
  ],
  options: [],
  heroku: {
    words: 'forwarded',
    usage: '[ARGS...]',
    runs: 'heroku pg:psql --app APP ARGS',
    prepare: ({ environment, args }) => {
      refuseSecondApp(environment.app, environment.name, 'pg:psql', args)
      return { plan: plan(psqlCall(environment.app, args)) }
    },
  },
  local: {
    words: 'forwarded',
    usage: '[ARGS...]',
    runs: 'psql ARGS',
    prepare: async ({ project, args }) => {
      const [{ findTarget }, { connectionEnvironment }, { chooseClients, clientProgram, findClients }] =
        await Promise.all([
          import('../databases/inspect.ts'),
          import('../postgres/connection.ts'),
          import('../postgres/clients.ts'),
        ])
      const { connection } = await findTarget(project, {})
      const program = clientProgram(chooseClients(await findClients(project.ambient.env), {}), 'psql')
      return { plan: plan({ program, args, ...connectionEnvironment(connection) }) }
    },
  },
}
