import { refuseSecondApp, tailLogs } from '../passthrough/passthrough.ts'
import { plan } from '../run/plan.ts'
import type { ForwardingCommand } from './command.ts'

export const tail: ForwardingCommand = {
  kind: 'forwarding',
  name: 'tail',
  usage: '[ARGS...]',
  summary: 'follow the logs',
  runs: 'heroku logs --tail --app APP ARGS',
  examples: ['production tail', 'production tail --dyno web.1', 'staging tail --source app'],
  prepare: ({ environment, args }) => {
    refuseSecondApp(environment.app, environment.name, 'logs', args)
    return plan(tailLogs(environment.app, args))
  },
}
