type Primitive = string | number | boolean | undefined

/** What an expression comes to; `missing` are the variables that it looked up and that are not set. */
export type Value = { readonly value: Primitive; readonly missing: readonly string[] }

/** `ENV.fetch` of a variable that is not set raises an error, if what it gives is used. */
export type Unset = { readonly unset: string }

/** As ERB prints it. */
export function print(value: Primitive): string {
  return value === undefined ? '' : String(value)
}

/** As Ruby's `if` takes it. */
export function isTrue(value: Primitive): boolean {
  return value !== undefined && value !== false
}

function isBlank(value: Primitive): boolean {
  return typeof value === 'string' ? value.trim() === '' : !isTrue(value)
}

/** What needs a real Ruby begins here. */
export class TooHard extends Error {}

export const nil: Value = { value: undefined, missing: [] }

const methods: Readonly<Record<string, (value: Primitive) => Primitive>> = {
  to_s: print,
  to_i: (value) => (typeof value === 'number' ? value : toInteger(print(value))),
  to_json: (value) => JSON.stringify(value ?? null),
  presence: (value) => (isBlank(value) ? undefined : value),
  'present?': (value) => !isBlank(value),
  'blank?': isBlank,
  'nil?': (value) => value === undefined,
  freeze: (value) => value,
}

const methodsOfTexts: Readonly<Record<string, (text: string) => Primitive>> = {
  strip: (text) => text.trim(),
  downcase: (text) => text.toLowerCase(),
  upcase: (text) => text.toUpperCase(),
  'empty?': (text) => text === '',
}

function toInteger(text: string): number {
  return Number(text.match(/^\s*([+-]?\d+)/)?.[1] ?? 0)
}

/** What a value answers to a method; `TooHard` for one that is not known here. */
export function send(of: Primitive, method: string): Primitive {
  const any = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (any !== undefined) return any(of)
  const ofText = Object.hasOwn(methodsOfTexts, method) ? methodsOfTexts[method] : undefined
  if (ofText === undefined || typeof of !== 'string') throw new TooHard()
  return ofText(of)
}

/** `next` of what is there; a variable that is missing stays so. */
export function chain(
  of: Value | Unset,
  next: (value: Primitive, missing: readonly string[]) => Value | Unset,
): Value | Unset {
  if ('unset' in of) return of
  const result = next(of.value, of.missing)
  if ('unset' in result || result.value !== undefined) return result
  return { value: undefined, missing: [...new Set([...of.missing, ...result.missing])] }
}

/** What two values come to together. */
export function both(
  left: Value | Unset,
  right: Value | Unset,
  join: (one: Primitive, other: Primitive) => Primitive,
): Value | Unset {
  if ('unset' in left) return left
  if ('unset' in right) return right
  return { value: join(left.value, right.value), missing: [...left.missing, ...right.missing] }
}
