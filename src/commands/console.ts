import { runOnDyno } from '../passthrough/passthrough.ts'
import { plan } from '../run/plan.ts'
import type { ForwardingCommand } from './command.ts'
import { frameworkCommand } from './frameworks.ts'

export const consoleCommand: ForwardingCommand = {
  kind: 'forwarding',
  name: 'console',
  usage: '[ARGS...]',
  summary: 'open the console of the app in a one-off dyno',
  runs: 'heroku run --exit-code --app APP -- CONSOLE ARGS',
  examples: ['production console', 'production console --sandbox', 'staging console'],
  prepare: ({ environment, args, project }) => {
    const words = frameworkCommand('console', project.configuration, project.root)
    return plan(runOnDyno(environment.app, [], [...words, ...args]))
  },
}
