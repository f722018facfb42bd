import { tailLogs } from '../heroku/calls.ts'
import type { Command } from '../line/command.ts'
import { refuseSecondApp } from '../passthrough/passthrough.ts'
import { plan } from '../run/plan.ts'

export const tail: Command = {
  name: 'tail',
  summary: 'follow the logs',
  examples: ['production tail', 'production tail --dyno web.1', 'staging tail --source app'],
  reading: true,
  options: [],
  heroku: {
    words: 'forwarded',
    usage: '[ARGS...]',
    runs: 'heroku logs --tail --app APP ARGS',
    prepare: ({ environment, args }) => {
      refuseSecondApp(environment.app, environment.name, 'logs', args)
      return { plan: plan(tailLogs(environment.app, args)) }
    },
  },
}
