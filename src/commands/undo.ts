import { usageError } from '../errors.ts'
import type { OwnCommand } from './command.ts'

export const undo: OwnCommand = {
  kind: 'own',
  where: ['local'],
  name: 'undo',
  usage: '[options]',
  summary: 'bring back the database that the last restore replaced; typed again, it goes back',
  runs: 'renames of the local database and its previous one, in one transaction',
  examples: ['development undo', 'development undo --dry-run', 'development undo --database acme_development'],
  options: [
    { flags: '--database <url>', summary: 'the local database, a URL or a name' },
    { flags: '--db <entry>', summary: 'the entry of config/database.yml, where it has several' },
  ],
  prepare: async ({ project, args, extra, options, dryRun }) => {
    const words = [...args, ...extra]
    if (words.length > 0)
      throw usageError(
        `\`undo\` takes no arguments, got \`${words.join(' ')}\``,
        '`development undo` goes back to the previous database',
      )
    const { prepareUndo } = await import('../restore/prepare.ts')
    const word = (value: string | boolean | undefined) => (typeof value === 'string' ? value : undefined)
    return prepareUndo(project, { database: word(options.database), db: word(options.db) }, dryRun)
  },
}
