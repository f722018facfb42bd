import { psql as psqlCall, refuseSecondApp } from '../passthrough/passthrough.ts'
import { plan } from '../run/plan.ts'
import type { ForwardingCommand } from './command.ts'

export const psql: ForwardingCommand = {
  kind: 'forwarding',
  name: 'psql',
  usage: '[ARGS...]',
  summary: 'open the database',
  runs: 'heroku pg:psql --app APP ARGS',
  examples: ['staging psql', "production psql --command 'select count(*) from users'", 'staging psql DATABASE_URL'],
  prepare: ({ environment, args }) => {
    refuseSecondApp(environment.app, environment.name, 'pg:psql', args)
    return plan(psqlCall(environment.app, args))
  },
}
