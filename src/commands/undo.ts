import type { OwnCommand } from './command.ts'
import { refuseWords, targetOf, targetOptions, watchOptions } from './local-target.ts'

export const undo: OwnCommand = {
  kind: 'own',
  where: ['local'],
  name: 'undo',
  usage: '[options]',
  summary: 'bring back the database that the last restore replaced; typed again, it goes back',
  runs: 'renames of the local database and its previous one, in one transaction',
  examples: ['development undo', 'development undo --dry-run', 'development undo --database acme_development'],
  options: [...targetOptions, ...watchOptions],
  prepare: async (request) => {
    refuseWords('undo', request, '`development undo` goes back to the previous database')
    const { prepareUndo } = await import('../restore/undo.ts')
    return prepareUndo(request.project, targetOf(request.options), request.dryRun)
  },
}
