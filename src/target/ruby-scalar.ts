/**
 * What Ruby makes of a scalar that stands in YAML without quotes. `changed` where it is another text, or none, when Ruby
 * is done with it: a number with `_` or a leading zero, a date, a time, a symbol.
 */
type RubyScalar =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'nil' }
  | { readonly kind: 'truth'; readonly value: boolean }
  | { readonly kind: 'changed' }

/** https://github.com/ruby/psych/blob/v4.0.4/lib/psych/scalar_scanner.rb, branch by branch. */
export function rubyScalar(text: string): RubyScalar {
  const same = { kind: 'text', text } as const
  if (text === '') return { kind: 'nil' }
  // libyaml refuses these, or they are directives.
  if (/^[%@`]/.test(text)) return { kind: 'changed' }
  if (/^[^\d.:-]?[\p{Alphabetic}_\s!@#$%^&*(){}<>|/\\~;=]+/u.test(text) || text.includes('\n')) return word(text)
  if (dates.some((date) => date.test(text)) || /^(?:[+-]?\.inf|\.nan)$/i.test(text)) return { kind: 'changed' }
  if (/^:./s.test(text) || /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}(?:\.[0-9_]*)?$/.test(text))
    return { kind: 'changed' }
  if (/^[-+]?\.$/.test(text)) return same
  if (isNumber(text) && !keepsItsDigits.test(text)) return { kind: 'changed' }
  return same
}

function word(text: string): RubyScalar {
  if (/^(?:~|null)$/i.test(text)) return { kind: 'nil' }
  if (/^(?:yes|true|on)$/i.test(text)) return { kind: 'truth', value: true }
  if (/^(?:no|false|off)$/i.test(text)) return { kind: 'truth', value: false }
  return { kind: 'text', text }
}

const dates = [
  /^-?\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|\s+)\d{1,2}:\d\d:\d\d(?:\.\d*)?(?:\s*(?:Z|[-+]\d{1,2}:?(?:\d\d)?))?$/,
  /^\d{4}-(?:1[012]|0\d|\d)-(?:[12]\d|3[01]|0\d|\d)$/,
]

function isNumber(text: string): boolean {
  return numbers.some((number) => number.test(text))
}

const numbers = [
  /^[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][-+][0-9]+)?$/,
  /^[-+]?0b[0-1_,]+$/,
  /^[-+]?0[0-7_,]+$/,
  /^[-+]?(?:0|[1-9](?:[0-9]|,[0-9]|_[0-9])*)$/,
  /^[-+]?0x[0-9a-fA-F_,]+$/,
]

/** Integers without a sign that is lost, and fractions that are as short as Ruby writes them. */
const keepsItsDigits = /^(?:0|-?[1-9]\d*|-?(?:0|[1-9]\d{0,9})\.(?:0|\d{0,2}[1-9]))$/
