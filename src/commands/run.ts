import { usageError } from '../errors.ts'
import { runOnDyno } from '../heroku/cli.ts'
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
    if (command.length === 0) {
      throw usageError('`run` needs a command', `for example \`${environment.name} run rake stats\``)
    }
    return plan(runOnDyno(environment.app, options, command))
  },
}

/** Options of `heroku run` that take the next word as their value (its manifest, CLI 11). */
const valued = new Set(['-e', '--env', '-s', '--size', '--type'])

/** Splits what follows `run`: Heroku's own options up to the first plain word or `--`, then the command, not interpreted. */
export function splitRunArguments(args: readonly string[]): { options: readonly string[]; command: readonly string[] } {
  let at = 0
  while (at < args.length) {
    const word = args[at] ?? ''
    if (word === '--') return { options: args.slice(0, at), command: args.slice(at + 1) }
    if (!word.startsWith('-') || word === '-') break
    at += valued.has(word) ? 2 : 1
  }
  return { options: args.slice(0, at), command: args.slice(at) }
}
