import { allEnvironments, type HerokuEnvironment, type Project } from '../environments/environments.ts'
import { typedAs } from '../environments/typed.ts'
import { usageError } from '../errors.ts'
import { runOnDyno } from '../heroku/calls.ts'
import type { Command } from '../line/command.ts'
import { lateOptions } from '../passthrough/late-options.ts'
import { refuseSecondApp, splitRunArguments } from '../passthrough/passthrough.ts'
import { plan } from '../run/plan.ts'
import { shellWord } from '../run/print.ts'
import { localProcess } from './local-process.ts'

export const run: Command = {
  name: 'run',
  summary: 'run a command (on Heroku: in a one-off dyno)',
  examples: ['staging run rake stats', 'production run --size=standard-2x rake reports', "staging run 'ls | wc -l'"],
  options: [],
  heroku: {
    words: 'forwarded',
    usage: "[HEROKU'S OPTIONS] COMMAND [ARGS...]",
    runs: "heroku run --exit-code --app APP [HEROKU'S OPTIONS] -- COMMAND ARGS",
    prepare: ({ project, environment, args }) => {
      refuseLateOptions(project, environment, args)
      const { options, command } = splitRunArguments(args)
      refuseSecondApp(environment.app, environment.name, 'run', options)
      if (command.length === 0)
        throw usageError('`run` needs a command', `for example \`${typedAs(environment)} run rake stats\``)
      return { plan: plan(runOnDyno(environment.app, options, command, project.ambient.hasTerminal)) }
    },
  },
  local: {
    words: 'forwarded',
    usage: 'COMMAND [ARGS...]',
    runs: 'COMMAND ARGS',
    prepare: async ({ project, environment, args }) => {
      const words = args[0] === '--' ? args.slice(1) : args
      const [line] = words
      if (line === undefined)
        throw usageError('`run` needs a command', `for example \`${typedAs(environment)} run rake stats\``)
      // One word is a line for a shell, as it is for the shell of a dyno.
      const program = words.length === 1 && /\s/.test(line) ? ['sh', '-c', line] : words
      return { plan: plan(await localProcess(project, program)) }
    },
  },
}

/** Throws a usage error for options of Heroku's at the end of the line: the dyno's command would get them. */
function refuseLateOptions(project: Project, { name, app }: HerokuEnvironment, args: readonly string[]): void {
  const known = allEnvironments(project).filter((environment) => environment.kind === 'heroku')
  const late = lateOptions(args, [app, ...known.map((environment) => environment.app)])
  if (late.rest.length === args.length || splitRunArguments(late.rest).command.length === 0) return
  const { options, command } = splitRunArguments(args)
  const meant = late.app === undefined || late.app === app ? name : known.find((one) => one.app === late.app)?.name
  const line = (...words: readonly string[]) => words.map(shellWord).join(' ')
  throw usageError(
    `\`${line(...args.slice(late.rest.length))}\` at the end of the line would go to the command in the dyno`,
    `\`${typedAs({ name: meant ?? name })} run ${line(...late.options, ...late.rest)}\`, or \`${typedAs({ name })} run ${line(...options, '--', ...[command].flat())}\` if the command is to get it`,
  )
}
