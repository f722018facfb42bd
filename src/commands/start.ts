import type { Command } from '../line/command.ts'
import { text } from '../line/options.ts'

export const start: Command = {
  name: 'start',
  summary: 'run the project with its services: bin/dev, or its Procfile',
  examples: ['development start', 'development start web worker', 'development start --offline'],
  options: [
    { flags: '--offline', summary: 'use production’s add-ons as they were seen last; do not ask Heroku' },
    { flags: '--engine <name>', summary: 'docker or native, as in `development services up`' },
    { flags: '--any-version', summary: 'start another version than production’s if that one is not installed' },
  ],
  local: {
    words: 'read',
    usage: '[TYPE...] [options]',
    runs: 'services up, then bin/dev, or heroku local',
    prepare: async ({ project, args, extra, options, dryRun }) => {
      const { prepareStart } = await import('../services/start/prepare.ts')
      const words = {
        offline: options.offline === true,
        anyVersion: options.anyVersion === true,
        engine: text(options.engine),
      }
      return prepareStart(project, [...args, ...extra], words, dryRun)
    },
  },
}
