import { allEnvironments, findEnvironment, type Project } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import type { Command, Request } from '../line/command.ts'
import { text } from '../line/options.ts'
import type { Prepared } from '../run/plan.ts'

export const link: Command = {
  name: 'link',
  summary: 'make custom environments words of their own: `demo logs`',
  examples: ['parity link demo', 'parity link --dir ~/bin demo qa', 'parity link --dir bin --pinned'],
  options: [
    { flags: '--dir <folder>', summary: 'where the links go; without it, where `parity` is', values: 'files' },
    { flags: '--pinned', summary: 'links to the parity of this repository’s node_modules' },
  ],
  operands: ['environments'],
  parity: {
    words: 'read',
    usage: '[environments...] [options]',
    runs: 'nothing; writes a small script for each environment',
    prepare: prepareLink,
  },
}

async function prepareLink({ project, args, extra, options }: Request<undefined>): Promise<Prepared> {
  const [{ inspectLinks }, { planLinks }, { writeUserFile }] = await Promise.all([
    import('../links/inspect.ts'),
    import('../links/plan.ts'),
    import('../run/write-user-file.ts'),
  ])
  const pinned = options.pinned === true
  const names = await namesToLink(project, [...args, ...extra], pinned)
  const { plan, files } = planLinks(inspectLinks(project, names, text(options.dir)), pinned)
  const handlers = files.map(
    ({ effect, path, text }) => [effect, () => writeUserFile(path, text, { overwrite: true, mode: 0o755 })] as const,
  )
  return { plan, handlers: Object.fromEntries(handlers) }
}

/** Those that were typed, else every environment that is not a word yet; of a repository's own, these too. */
async function namesToLink(project: Project, typed: readonly string[], pinned: boolean): Promise<string[]> {
  for (const name of typed) findEnvironment(project, name)
  if (typed.length > 0) return [...new Set(typed)]
  const { bins } = await import('../links/script.ts')
  const all = allEnvironments(project).map(({ name }) => name)
  const names = all.filter((name) => pinned || !bins.includes(name))
  if (names.length > 0) return names
  throw usageError(
    'there is no environment to link: production, staging and development are commands already',
    'add one to .parityrc: `environments: { demo: APP }`',
  )
}

export const unlink: Command = {
  name: 'unlink',
  summary: 'remove what `link` made',
  examples: ['parity unlink demo', 'parity unlink --all', 'parity unlink --dir bin --all'],
  options: [
    { flags: '--dir <folder>', summary: 'look for links in this folder alone', values: 'files' },
    { flags: '--all', summary: 'remove every link' },
  ],
  operands: ['links'],
  parity: {
    words: 'read',
    usage: 'NAME... | --all',
    runs: 'nothing; removes the scripts that `link` wrote',
    prepare: async ({ project, args, extra, options }) => {
      const [{ findLinks }, { planUnlink }, { removeUserFile }] = await Promise.all([
        import('../links/inspect.ts'),
        import('../links/plan.ts'),
        import('../run/write-user-file.ts'),
      ])
      const found = findLinks(project, text(options.dir))
      const { plan, links } = planUnlink(found, [...args, ...extra], options.all === true)
      const handlers = links.map(({ path }) => [`unlink ${path}`, () => removeUserFile(path)] as const)
      return { plan, handlers: Object.fromEntries(handlers) }
    },
  },
}
