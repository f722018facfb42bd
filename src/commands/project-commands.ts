import type { Configuration } from '../environments/configuration.ts'
import { runOnDyno } from '../heroku/calls.ts'
import type { Command } from '../line/command.ts'
import { plan } from '../run/plan.ts'
import { splitWords } from '../run/split-words.ts'
import { localProcess } from './local-process.ts'

/** The entries of `commands:` as commands: in a one-off dyno there, as a process here. `console` and `migrate` have rows already. */
export function projectCommands({ commands = {} }: Configuration): Command[] {
  return Object.entries(commands)
    .filter(([name]) => name !== 'console' && name !== 'migrate')
    .map(([name, line]) => projectCommand(name, line))
}

function projectCommand(name: string, line: string | readonly string[]): Command {
  const shown = typeof line === 'string' ? line : line.join(' ')
  const words = () => splitWords(line, `commands.${name}`)
  return {
    name,
    summary: `run \`${shown}\``,
    examples: [`development ${name}`, `staging ${name}`, `production --dry-run ${name}`],
    options: [],
    heroku: {
      words: 'forwarded',
      usage: '[ARGS...]',
      runs: `heroku run --exit-code --app APP -- ${shown} ARGS`,
      prepare: ({ environment, args, project }) => ({
        plan: plan(runOnDyno(environment.app, [], [...words(), ...args], project.ambient.hasTerminal)),
      }),
    },
    local: {
      words: 'forwarded',
      usage: '[ARGS...]',
      runs: `${shown} ARGS`,
      prepare: async ({ project, args }) => ({ plan: plan(await localProcess(project, [...words(), ...args])) }),
    },
  }
}
