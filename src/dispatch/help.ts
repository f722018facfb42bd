import { commands } from '../commands/index.ts'
import { suggest } from '../environments/suggest.ts'
import { usageError } from '../errors.ts'
import { type Command, findCommand, type Place } from '../line/command.ts'
import { herokuCommand } from '../passthrough/passthrough.ts'
import type { Outcome } from '../run/outcome.ts'
import { printText } from './print.ts'

/** The help of a command, or of the bin where it was typed; `all` are the commands there. */
export async function help(typed: string, place: Place, all: readonly Command[], command?: Command): Promise<Outcome> {
  const { binHelp, commandHelp } = await import('../line/help.ts')
  return printText(command ? commandHelp(command, typed, place) : binHelp(typed, place, all))
}

/** `parity help WORD`: a topic, else the help of a command or a bin. */
export async function explain(word: string): Promise<Outcome> {
  const { topicText } = await import('../line/topics.ts')
  const text = topicText(word)
  return text === undefined ? helpOn(word) : printText(text)
}

/** The help of a command wherever it stands, or of a bin. Throws a usage error for another word. */
export async function helpOn(word: string): Promise<Outcome> {
  for (const [bin, place] of [
    ['parity', 'parity'],
    ['development', 'local'],
    ['production', 'heroku'],
  ] as const) {
    const command = findCommand(commands, word, place)
    if (command) return help(bin, place, commands, command)
  }
  if (word === 'development') return help(word, 'local', commands)
  if (['production', 'staging', 'pr_app'].includes(word)) return help(word, 'heroku', commands)
  if (herokuCommand(word) !== undefined)
    throw usageError(`\`${word}\` is a command of Heroku`, `\`heroku help ${word}\``)
  const { topicNames } = await import('../line/topics.ts')
  const meant = suggest(word, [...topicNames(), ...commands.map((command) => command.name)])
  throw usageError(
    `\`${word}\` is not a command of parity or a help topic${meant ? `, did you mean \`${meant}\`?` : ''}`,
    meant ? `\`parity help ${meant}\`` : `\`parity --help\` lists the commands; topics: ${topicNames().join(', ')}`,
  )
}
