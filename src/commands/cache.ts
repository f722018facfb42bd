import { cacheData, countOfDumps, dumpTable, totalOf } from '../dumps/listing.ts'
import { usageError } from '../errors.ts'
import type { Command } from '../line/command.ts'
import type { Prepared } from '../run/plan.ts'
import { size } from '../terminal/units.ts'

export const cache: Command = {
  name: 'cache',
  summary: 'list the downloaded dumps, or remove them',
  examples: ['parity cache', 'parity cache clear acme-production', 'parity cache clear --all'],
  operands: [['clear'], 'cached apps'],
  options: [
    { flags: '--json', summary: 'print JSON' },
    { flags: '--all', summary: 'clear the dumps of every app' },
  ],
  parity: {
    words: 'read',
    usage: '[--json] | clear APP | clear --all',
    runs: 'nothing; reads the cache folder and removes what `clear` names',
    prepare: async ({ project, args, extra, options }) => {
      const [verb, ...words] = [...args, ...extra]
      if (verb === 'clear')
        return prepareClear(project.ambient.cache, words, options.all === true, options.json === true)
      if (verb !== undefined)
        throw usageError(
          `expected \`cache\` or \`cache clear\`, got \`cache ${[verb, ...words].join(' ')}\``,
          removing.has(verb) && words.length > 0
            ? `\`parity cache ${['clear', ...words].join(' ')}\``
            : '`parity cache` lists the dumps',
        )
      if (options.all) throw usageError('`--all` is an option of `cache clear`', '`parity cache clear --all`')
      const { listDumps } = await import('../dumps/cache.ts')
      const folder = project.ambient.cache
      const dumps = await listDumps(folder)
      return options.json
        ? { text: JSON.stringify(cacheData(folder, dumps), null, 2) }
        : { text: dumpTable(folder, dumps, project.ambient.now), isProse: true }
    },
  },
}

/** Other words for `clear`. */
const removing: ReadonlySet<string> = new Set(['clean', 'delete', 'empty', 'remove', 'rm', 'purge'])

async function prepareClear(folder: string, words: readonly string[], all: boolean, json: boolean): Promise<Prepared> {
  const { appsIn, clearCache, listDumps } = await import('../dumps/cache.ts')
  const { report } = await import('../terminal/report.ts')
  const app = whichApp(words, all, json, await appsIn(folder))
  const dumps = await listDumps(folder, app)
  const of = app === undefined ? 'every app' : app
  return {
    plan: {
      notes: [],
      steps: [
        {
          effect: 'clear',
          description: `remove: ${countOfDumps(dumps.length)} of ${of}, ${size(totalOf(dumps))}, and what downloads that ended left`,
        },
      ],
      cleanup: [],
    },
    handlers: { clear: async () => report.note(`${size(await clearCache(folder, app))} are free again`) },
  }
}

/** The one app that is named; undefined for all. Throws a usage error for neither or both, and for one that has nothing here. */
function whichApp(words: readonly string[], all: boolean, json: boolean, apps: readonly string[]): string | undefined {
  const [app, ...others] = words
  const known = apps.length === 0 ? 'the cache is empty' : `the cache has: ${apps.join(', ')}`
  if (json) throw usageError('`--json` is not an option of `cache clear`', '`parity cache --json`')
  if (others.length > 0)
    throw usageError(`\`cache clear\` takes one app, got \`${words.join(' ')}\``, `\`parity cache clear ${app}\``)
  if (app === undefined && !all) throw usageError('`cache clear` needs an app, or `--all`', known)
  if (app !== undefined && all) throw usageError(`both \`${app}\` and \`--all\` name what to remove`, 'use one of them')
  if (app !== undefined && !apps.includes(app)) throw usageError(`no cached dumps for \`${app}\``, known)
  return app
}
