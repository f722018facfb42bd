import { captureBackup, refuseSecondApp } from '../passthrough/passthrough.ts'
import { plan } from '../run/plan.ts'
import type { ForwardingCommand, OwnCommand } from './command.ts'
import { onlyName, targetOf, targetOptions, watchOptions } from './local-target.ts'

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

export const localBackup: OwnCommand = {
  kind: 'own',
  where: ['local'],
  name: 'backup',
  usage: '[NAME] [options]',
  summary: 'keep the database as it is now, as a snapshot that `restore NAME` brings back',
  runs: 'CREATE DATABASE … TEMPLATE, in seconds; nobody may be connected to the database meanwhile',
  examples: [
    'development backup',
    'development backup before-migration',
    'development backup before-migration --force && bin/rails db:migrate',
  ],
  options: [{ flags: '--force', summary: 'end the sessions on the database' }, ...targetOptions, ...watchOptions],
  prepare: async (request) => {
    const { project, options, dryRun } = request
    const { prepareBackup } = await import('../restore/snapshots/backup.ts')
    const name = onlyName('backup', request, 'development backup')
    return prepareBackup(project, { ...targetOf(options), name, force: options.force === true }, dryRun)
  },
}
