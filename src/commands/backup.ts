import { captureBackup } from '../heroku/calls.ts'
import type { Command } from '../line/command.ts'
import { onlyName, targetOf, targetOptions, watchOptions } from '../line/options.ts'
import { refuseSecondApp } from '../passthrough/passthrough.ts'
import { plan } from '../run/plan.ts'

export const backup: Command = {
  name: 'backup',
  summary: 'back up the database: on Heroku, or here as a snapshot that `restore NAME` brings back',
  examples: [
    'production backup',
    'staging backup DATABASE_URL --wait-interval 10',
    'development backup before-migration',
    'development backup before-migration --force && bin/rails db:migrate',
  ],
  options: [
    { flags: '--force', summary: 'end the sessions on the database', where: 'local' },
    ...targetOptions,
    ...watchOptions,
  ],
  heroku: {
    words: 'forwarded',
    usage: '[ARGS...]',
    runs: 'heroku pg:backups:capture --app APP ARGS',
    prepare: ({ environment, args }) => {
      refuseSecondApp(environment.app, environment.name, 'pg:backups:capture', args)
      return { plan: plan(captureBackup(environment.app, args)) }
    },
  },
  local: {
    words: 'read',
    usage: '[NAME] [options]',
    runs: 'CREATE DATABASE … TEMPLATE; needs the database without other sessions',
    prepare: async (request) => {
      const { project, options, dryRun } = request
      const { prepareBackup } = await import('../restore/snapshots/prepare.ts')
      const name = onlyName('backup', request, 'development backup')
      return prepareBackup(project, { ...targetOf(options), name, force: options.force === true }, dryRun)
    },
  },
}
