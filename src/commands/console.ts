import { runOnDyno } from '../heroku/calls.ts'
import type { Command } from '../line/command.ts'
import { plan } from '../run/plan.ts'
import { folderOfApp, frameworkCommand } from './frameworks.ts'
import { localProcess } from './local-process.ts'

export const consoleCommand: Command = {
  name: 'console',
  summary: 'open the console of the app',
  examples: ['production console', 'production console --sandbox', 'staging console'],
  options: [],
  heroku: {
    words: 'forwarded',
    usage: '[ARGS...]',
    runs: 'heroku run --exit-code --app APP -- CONSOLE ARGS',
    prepare: ({ environment, args, project }) => {
      const folder = folderOfApp(project, environment.folder)
      const words = frameworkCommand('console', project.configuration, project.root, folder)
      return { plan: plan(runOnDyno(environment.app, [], [...words, ...args], project.ambient.hasTerminal)) }
    },
  },
  local: {
    words: 'forwarded',
    usage: '[ARGS...]',
    runs: 'CONSOLE ARGS',
    prepare: async ({ args, project }) => {
      const words = frameworkCommand('console', project.configuration, project.root, project.folder)
      return { plan: plan(await localProcess(project, [...words, ...args])) }
    },
  },
}
