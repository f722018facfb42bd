import type { GrowingFile } from '../dumps/growing-file.ts'
import { readHead } from '../dumps/stream.ts'
import { failure } from '../errors.ts'
import type { Archive } from '../postgres/archive.ts'
import type { ServerFacts } from '../postgres/catalog.ts'
import { shellWord } from '../run/print.ts'
import { printable } from '../terminal/harmless.ts'
import type { Reporter } from '../terminal/reporter.ts'
import { isNamed } from './load/missing.ts'
import { type Selection, selectEntries } from './load/selection.ts'

/** What a dump holds, and what of it is restored here. */
export type Contents = {
  readonly archive: Archive
  /** The bytes of header and table of contents. */
  readonly head: Buffer
  readonly selection: Selection
  /** Names that may be missing, and that nothing in it has. */
  readonly namesOfNothing: readonly string[]
}

/** What a person leaves out of a restore. */
export type LeaveOut = {
  readonly skipExtensions: readonly string[]
  /** Patterns of tables that stay without rows. */
  readonly excludeTableData: readonly string[]
  /** Names of indexes, keys and views that may be missing. */
  readonly allowMissing: readonly string[]
}

/**
 * Reads header and table of contents of a dump that may still be arriving, and decides what of it is restored. `name` is the dump's in
 * messages. Throws `UselessDump` for what is not an archive, a failure (1) for one that needs an extension which cannot be had here.
 */
export async function readContents(
  file: GrowingFile,
  name: string,
  { extensions, role }: ServerFacts,
  leaveOut: LeaveOut,
): Promise<Contents> {
  const { archive, head } = await readHead(file, name)
  const selection = selectEntries(archive, {
    availableExtensions: extensions,
    roleIsSuperuser: role.superuser,
    ...leaveOut,
  })
  refuseProblems(selection)
  const isNothing = (name: string) => !archive.entries.some((entry) => isNamed(entry, [name]))
  return { archive, head, selection, namesOfNothing: leaveOut.allowMissing.filter(isNothing) }
}

/** What stays out, each in a line: known before the restore begins where the dump is here. */
export function leftOutNotes(contents: Contents): string[] {
  return [...leftOut(contents.selection), ...warnings(contents).map((text) => `warning: ${text}`)]
}

/** The same, told by the step that finds it out. */
export function tellLeftOut(contents: Contents, reporter: Reporter): void {
  for (const text of leftOut(contents.selection)) reporter.aside(text)
  for (const text of warnings(contents)) reporter.warning(text)
}

function leftOut({ extensionsLeftOut, tablesWithoutRows }: Selection): string[] {
  return [
    ...(extensionsLeftOut.length > 0
      ? [`left out, because nothing else needs it: extension ${extensionsLeftOut.map(printable).join(', ')}`]
      : []),
    ...(tablesWithoutRows.length > 0
      ? [`left out, by restore.excludeTableData: the rows of ${tablesWithoutRows.map(printable).join(', ')}`]
      : []),
  ]
}

function warnings({ selection: { lost, patternsWithoutTable }, namesOfNothing }: Contents): string[] {
  return [
    ...lost.map(
      ({ extension, objects }) =>
        `left out with the extension ${printable(extension)}: ${objects.map(printable).join(', ')}`,
    ),
    ...patternsWithoutTable.map(
      (pattern) => `\`${pattern}\` in restore.excludeTableData matches no table of the backup`,
    ),
    ...namesOfNothing.map((name) => `nothing in the backup is called \`${printable(name)}\`, which may be missing`),
  ]
}

function refuseProblems({ problems }: Selection): void {
  const [first] = problems
  if (!first) return
  const lines = problems.map(
    ({ name, why, neededBy }) =>
      `the backup needs the extension ${printable(name)} (for ${neededBy.slice(0, 3).map(printable).join(', ')}): ${why}`,
  )
  throw failure(
    lines.join('\n'),
    `install it for the server (Debian: postgresql-contrib or ${shellWord(`postgresql-NN-${first.name}`)}), or leave it out: \`--skip-extension ${shellWord(first.name)}\``,
  )
}
