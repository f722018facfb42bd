import { usageError } from '../errors.ts'
import type { ReportStyle } from '../terminal/reporter.ts'
import type { Command, Option, Options, Request } from './command.ts'

/** The options of every command on the local database that say which one. */
export const targetOptions: readonly Option[] = [
  { flags: '--database <url>', summary: 'the local database, a URL or a name', where: 'local' },
  { flags: '--db <entry>', summary: 'the entry of config/database.yml, if it has several', where: 'local' },
]

/** The options of every command on the local database that say how it is shown while it runs. */
export const watchOptions: readonly Option[] = [
  { flags: '--quiet', summary: 'print errors and warnings only', where: 'local' },
  { flags: '--verbose', summary: 'show the output of pg_restore and psql', where: 'local' },
  { flags: '--json', summary: 'print one JSON event per line', where: 'local' },
]

/** Whether a command's plan can be shown in several ways. */
export function isWatched({ options }: Command): boolean {
  return watchOptions.every((option) => options.includes(option))
}

/** How a plan is to be shown, for those who want it otherwise than usual. Throws a usage error for what contradicts itself. */
export function reportStyleOf({
  options: { quiet, verbose, json },
  dryRun,
}: Pick<Request, 'options' | 'dryRun'>): ReportStyle | undefined {
  if (quiet && (verbose || json))
    throw usageError(`\`--quiet\` and \`${verbose ? '--verbose' : '--json'}\` cannot be combined`, 'use one of them')
  if (json && dryRun) throw usageError('`--json` and `--dry-run` cannot be combined', 'use one of them')
  if (!quiet && !verbose && !json) return undefined
  return { json: json === true, verbosity: quiet ? 'quiet' : verbose ? 'verbose' : 'normal' }
}

/** The values of `targetOptions`. */
export function targetOf(options: Options): { database: string | undefined; db: string | undefined } {
  return { database: text(options.database), db: text(options.db) }
}

/** The value of an option that takes one. */
export function text(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Throws a usage error for an option that a command has, and the verb that was typed after it has not. */
export function onlyOptions(typed: string, options: Options, allowed: readonly string[]): void {
  const wrong = Object.entries(options).find(
    ([name, value]) => value !== undefined && value !== false && !allowed.includes(name),
  )
  if (wrong === undefined) return
  const flag = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  const known = allowed.length === 0 ? 'it has no options' : `it has: ${allowed.map(flag).join(', ')}`
  throw usageError(`\`${flag(wrong[0])}\` is not an option of \`${typed}\``, known)
}

/** Throws a usage error for words that a command doesn't take. */
export function refuseWords(name: string, { args, extra }: Pick<Request, 'args' | 'extra'>, hint: string): void {
  const words = [...args, ...extra]
  if (words.length > 0) throw usageError(`\`${name}\` takes no arguments, got \`${words.join(' ')}\``, hint)
}

/** The one name that a command takes, or undefined. Throws a usage error for more. */
export function onlyName(
  name: string,
  { args, extra }: Pick<Request, 'args' | 'extra'>,
  typed: string,
): string | undefined {
  const [first, ...others] = [...args, ...extra]
  if (others.length > 0)
    throw usageError(`\`${name}\` takes one name, got \`${[...args, ...extra].join(' ')}\``, `\`${typed} ${first}\``)
  return first
}
