import { harmless } from '../terminal/harmless.ts'
import type { Call } from './call.ts'
import { isCall, type Plan, stepsInOrder } from './plan.ts'

/** A word as `sh` reads it back, byte for byte. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : quoted(word)
}

/** What a terminal could obey is written as a call that prints it: the shell reads the same bytes, and a reader sees them. */
function quoted(word: string): string {
  const parts = word.split(/((?:(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029])+)/u)
  const words = parts.map((part, index) =>
    index % 2 === 1 ? printed(part) : part && `'${part.replaceAll("'", "'\\''")}'`,
  )
  return words.join('') || "''"
}

function printed(characters: string): string {
  const octal = [...Buffer.from(characters)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
  return `"$(printf '${octal.join('')}')"`
}

/** A call as a line for `sh`; secrets are named in a comment and never shown. */
export function shellLine(call: Call): string {
  const variables = Object.entries(call.env ?? {}).map(([name, value]) => `${name}=${shellWord(value)}`)
  // Unquoted, a program with a `=` in its name would set a variable.
  const program = call.program.includes('=') ? quoted(call.program) : shellWord(call.program)
  const line = [...variables, program, ...call.args.map(shellWord)].join(' ')
  return call.folder === undefined ? line : `(cd ${shellWord(call.folder)} && ${line})`
}

/** The very plan that would run, as lines that can be pasted into `sh`: notes and effects of our own are comments. */
export function printPlan(plan: Plan): string[] {
  return [
    ...plan.notes.map(comment),
    ...stepsInOrder(plan).flatMap((step) =>
      isCall(step) ? [...secretsOf(step.call), shellLine(step.call)] : [comment(step.description)],
    ),
  ]
}

function secretsOf(call: Call): string[] {
  const names = Object.keys(call.secrets ?? {})
  return names.length > 0
    ? [comment(`${names.join(', ')} travels in the environment of the next line and is not shown`)]
    : []
}

/** A comment stays one whatever the text holds: a line break would end it. */
function comment(text: string): string {
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => harmless(`# ${line}`))
    .join('\n')
}
