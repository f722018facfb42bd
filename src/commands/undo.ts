import { usageError } from '../errors.ts'
import type { OwnCommand } from './command.ts'

export const undo: OwnCommand = {
  kind: 'own',
  where: ["local"],
  name: 'undo',
  aliases: [''],
  usage: 'SOURCE',
  summary: '',
  runs: '',
  examples: [],
  options: [],
  prepare: async () => {
    throw usageError('not yet')
  },
}
