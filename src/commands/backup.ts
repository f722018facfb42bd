import { captureBackup, refuseSecondApp } from '../heroku/cli.ts'
import { plan } from '../run/plan.ts'
import type { ForwardingCommand } from './command.ts'

export const backup: ForwardingCommand = {
  kind: 'forwarding',
  name: 'backup',
  usage: '[ARGS...]',
  summary: 'capture a backup of the database',
  runs: 'heroku pg:backups:capture --app APP ARGS',
  examples: [
    'production backup',
    'production backup && staging restore production',
    'staging backup DATABASE_URL --wait-interval 10',
  ],
  prepare: ({ environment, args }) => {
    refuseSecondApp(environment.app, environment.name, 'pg:backups:capture', args)
    return plan(captureBackup(environment.app, args))
  },
}
