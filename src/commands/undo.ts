import type { Command } from '../line/command.ts'
import { refuseWords, targetOf, targetOptions, watchOptions } from '../line/options.ts'

export const undo: Command = {
  name: 'undo',
  summary: 'swap back to the database that the last restore replaced; run it again to return',
  examples: ['development undo', 'development undo --dry-run', 'development undo --database acme_development'],
  options: [...targetOptions, ...watchOptions],
  local: {
    words: 'read',
    usage: '[options]',
    runs: 'renames of the local database and its previous one, in one transaction',
    prepare: async (request) => {
      refuseWords('undo', request, '`development undo` goes back to the previous database')
      const { prepareUndo } = await import('../restore/prepare-undo.ts')
      return prepareUndo(request.project, targetOf(request.options), request.dryRun)
    },
  },
}
