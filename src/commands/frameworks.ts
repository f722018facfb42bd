import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Configuration } from '../environments/configuration.ts'
import type { Project } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import { splitWords } from '../run/split-words.ts'
import { frameworks } from './framework-files.ts'

type Verb = 'console' | 'migrate'

/**
 * The words that `console` or `migrate` runs: of `commands:` in the configuration, else by the files of the first folder, from `folder`
 * up to `root`, that a framework is recognised in. Throws a usage error with the lines to add where nothing is.
 */
export function frameworkCommand(verb: Verb, configuration: Configuration, root: string, folder = root): string[] {
  const line = configuration.commands?.[verb] ?? commandOf(verb, root, folder)
  if (line !== undefined) return splitWords(line, `commands.${verb}`)
  throw usageError(
    `cannot tell what \`${verb}\` runs: no framework was recognised in ${folder}`,
    linesToAdd(verb, configuration),
  )
}

/** A second `commands:` would be refused. */
function linesToAdd(verb: Verb, { file = '.parityrc', commands }: Configuration): string {
  return commands === undefined
    ? `add these two lines to ${file}:\ncommands:\n  ${verb}: COMMAND`
    : `add this line below \`commands:\` in ${file}:\n  ${verb}: COMMAND`
}

/**
 * The folder whose files say what the app runs: the one that its environment names, else the working directory. Throws a usage error
 * where that does not exist.
 */
export function folderOfApp({ root, folder, configuration }: Project, configured: string | undefined): string {
  if (configured === undefined) return folder
  const path = join(root, configured)
  if (existsSync(path)) return path
  throw usageError(
    `the folder \`${configured}\` does not exist`,
    `\`folder\` of the environment in ${configuration.file ?? 'the configuration'} is a path from ${root}`,
  )
}

function commandOf(verb: Verb, root: string, folder: string): string | readonly string[] | undefined {
  const found = frameworks.find((framework) => framework.found(folder) && framework[verb](folder) !== undefined)
  if (found || folder === root || folder === dirname(folder)) return found?.[verb](folder)
  return commandOf(verb, root, dirname(folder))
}
