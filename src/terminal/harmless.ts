/** What a terminal may obey, or what turns text around: control and format characters, but for line breaks and tabs. */
const harmful = /(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** Text of several lines as a person may see it, wherever parts of it come from: `\u001b` instead of what that would do. */
export function harmless(text: string): string {
  return text.replace(harmful, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
}

/** A name as one line for a person: what could rewrite a terminal or turn text around becomes `\n` or `\u001b`. */
export function printable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    if (character === '\n') return '\\n'
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  })
}

/** JSON that says the same, and holds none of those characters as they are. */
export function harmlessJson(json: string): string {
  return json.replace(harmful, (character) => {
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
  })
}
