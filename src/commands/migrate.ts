import { usageError } from '../errors.ts'
import { restartDynos, runOnDyno } from '../heroku/calls.ts'
import type { Command } from '../line/command.ts'
import { plan } from '../run/plan.ts'
import { folderOfApp, frameworkCommand } from './frameworks.ts'

export const migrate: Command = {
  name: 'migrate',
  summary: 'migrate the database in a one-off dyno and, if that succeeds, restart the app',
  examples: ['staging migrate', 'staging deploy && staging migrate', 'production --dry-run migrate'],
  options: [],
  heroku: {
    words: 'forwarded',
    usage: '',
    runs: 'heroku run --exit-code --app APP -- MIGRATE && heroku ps:restart --app APP',
    prepare: ({ environment, args, project }) => {
      if (args.length > 0) {
        throw usageError(
          `\`migrate\` takes no arguments, got \`${args.join(' ')}\``,
          `\`${environment.name} run COMMAND\` runs any other command in a dyno`,
        )
      }
      const folder = folderOfApp(project, environment.folder)
      const words = frameworkCommand('migrate', project.configuration, project.root, folder)
      return { plan: plan(runOnDyno(environment.app, [], words), restartDynos(environment.app)) }
    },
  },
}
