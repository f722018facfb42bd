import { usageError } from '../errors.ts'
import { runOnDyno } from '../heroku/calls.ts'
import type { Command } from '../line/command.ts'
import { refuseSecondApp, splitRunArguments } from '../passthrough/passthrough.ts'
import { plan } from '../run/plan.ts'

export const run: Command = {
  name: 'run',
  summary: 'run a command in a one-off dyno and exit with its status',
  examples: ['staging run rake stats', 'production run --size=standard-2x rake reports', "staging run 'ls | wc -l'"],
  options: [],
  heroku: {
    words: 'forwarded',
    usage: "[HEROKU'S OPTIONS] COMMAND [ARGS...]",
    runs: "heroku run --exit-code --app APP [HEROKU'S OPTIONS] -- COMMAND ARGS",
    prepare: ({ environment, args }) => {
      const { options, command } = splitRunArguments(args)
      refuseSecondApp(environment.app, environment.name, 'run', options)
      if (command.length === 0)
        throw usageError('`run` needs a command', `for example \`${environment.name} run rake stats\``)
      return { plan: plan(runOnDyno(environment.app, options, command)) }
    },
  },
}
