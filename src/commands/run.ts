import { usageError } from '../errors.ts'
import { refuseSecondApp, runOnDyno, splitRunArguments } from '../passthrough/passthrough.ts'
import { plan } from '../run/plan.ts'
import type { ForwardingCommand } from './command.ts'

export const run: ForwardingCommand = {
  kind: 'forwarding',
  name: 'run',
  usage: "[HEROKU'S OPTIONS] COMMAND [ARGS...]",
  summary: 'run a command in a one-off dyno; its exit status is ours',
  runs: "heroku run --exit-code --app APP [HEROKU'S OPTIONS] -- COMMAND ARGS",
  examples: ['staging run rake stats', 'production run --size=standard-2x rake reports', "staging run 'ls | wc -l'"],
  prepare: ({ environment, args }) => {
    const { options, command } = splitRunArguments(args)
    refuseSecondApp(environment.app, environment.name, 'run', options)
    if (command.length === 0)
      throw usageError('`run` needs a command', `for example \`${environment.name} run rake stats\``)
    return plan(runOnDyno(environment.app, options, command))
  },
}
