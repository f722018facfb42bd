import { usageError } from '../errors.ts'
import type { Option, Request } from './command.ts'

/** The options of every command on the local database that say which one. */
export const targetOptions: readonly Option[] = [
  { flags: '--database <url>', summary: 'the local database, a URL or a name', where: 'local' },
  { flags: '--db <entry>', summary: 'the entry of config/database.yml, where it has several', where: 'local' },
]

/** Their values. */
export function targetOf(options: Request['options']): { database: string | undefined; db: string | undefined } {
  return { database: text(options.database), db: text(options.db) }
}

/** The value of an option that takes one. */
export function text(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
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
