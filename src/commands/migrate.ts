import { typedAs } from '../environments/typed.ts'
import { usageError } from '../errors.ts'
import { restartDynos, runOnDyno } from '../heroku/calls.ts'
import type { Command } from '../line/command.ts'
import { plan } from '../run/plan.ts'
import { folderOfApp, frameworkCommand } from './frameworks.ts'
import { localProcess } from './local-process.ts'

export const migrate: Command = {
  name: 'migrate',
  summary: 'migrate the database; on Heroku in a one-off dyno, and then restart the app',
  examples: [
    'staging migrate',
    'staging deploy && staging migrate',
    'production --dry-run migrate',
    'development migrate',
  ],
  options: [],
  heroku: {
    words: 'forwarded',
    usage: '',
    runs: 'heroku run --exit-code --app APP -- MIGRATE && heroku ps:restart --app APP',
    prepare: ({ environment, args, project }) => {
      refuseArguments(environment.name, args)
      const folder = folderOfApp(project, environment.folder)
      const words = frameworkCommand('migrate', project.configuration, project.root, folder)
      return {
        plan: plan(runOnDyno(environment.app, [], words, project.ambient.hasTerminal), restartDynos(environment.app)),
      }
    },
  },
  local: {
    words: 'forwarded',
    usage: '',
    runs: 'MIGRATE',
    prepare: async ({ environment, args, project }) => {
      refuseArguments(environment.name, args)
      const words = frameworkCommand('migrate', project.configuration, project.root, project.folder)
      return { plan: plan(await localProcess(project, words)) }
    },
  },
}

function refuseArguments(environment: string, args: readonly string[]): void {
  if (args.length === 0) return
  throw usageError(
    `\`migrate\` takes no arguments, got \`${args.join(' ')}\``,
    `\`${typedAs({ name: environment })} run COMMAND\` runs any other command`,
  )
}
