import { usageError } from '../errors.ts'
import { restartDynos, runOnDyno } from '../passthrough/passthrough.ts'
import { plan } from '../run/plan.ts'
import type { ForwardingCommand } from './command.ts'
import { frameworkCommand } from './frameworks.ts'

export const migrate: ForwardingCommand = {
  kind: 'forwarding',
  name: 'migrate',
  usage: '',
  summary: 'migrate the database in a one-off dyno and, if that succeeds, restart the app',
  runs: 'heroku run --exit-code --app APP -- MIGRATE && heroku ps:restart --app APP',
  examples: ['staging migrate', 'staging deploy && staging migrate', 'production --dry-run migrate'],
  prepare: ({ environment, args, project }) => {
    if (args.length > 0) {
      throw usageError(
        `\`migrate\` takes no arguments, got \`${args.join(' ')}\``,
        `\`${environment.name} run COMMAND\` runs any other command in a dyno`,
      )
    }
    const words = frameworkCommand('migrate', project.configuration, project.root)
    return plan(runOnDyno(environment.app, [], words), restartDynos(environment.app))
  },
}
