import { runOnDyno } from '../heroku/calls.ts'
import type { Command } from '../line/command.ts'
import { plan } from '../run/plan.ts'
import { folderOfApp, frameworkCommand } from './frameworks.ts'

export const consoleCommand: Command = {
  name: 'console',
  summary: 'open the console of the app in a one-off dyno',
  examples: ['production console', 'production console --sandbox', 'staging console'],
  options: [],
  heroku: {
    words: 'forwarded',
    usage: '[ARGS...]',
    runs: 'heroku run --exit-code --app APP -- CONSOLE ARGS',
    prepare: ({ environment, args, project }) => {
      const folder = folderOfApp(project, environment.folder)
      const words = frameworkCommand('console', project.configuration, project.root, folder)
      return { plan: plan(runOnDyno(environment.app, [], [...words, ...args])) }
    },
  },
}
