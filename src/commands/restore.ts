import { usageError } from '../errors.ts'
import type { OwnCommand } from './command.ts'

export const restore: OwnCommand = {
  kind: 'own',
  where: ['heroku', 'local'],
  name: 'restore',
  aliases: ['restore-from'],
  usage: 'SOURCE',
  summary: '',
  runs: '',
  examples: [],
  options: [],
  prepare: async () => {
    throw usageError('not yet')
  },
}
