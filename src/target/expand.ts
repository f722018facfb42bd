import { usageError } from '../errors.ts'

/**
 * `text` with every `${NAME}` replaced by that variable; `origin` is what messages call the text.
 * Errors (2): a variable is not set.
 */
export function expandVariables(text: string, environment: NodeJS.ProcessEnv, origin: string): string {
  return text.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = environment[name]
    if (value !== undefined) return value
    throw usageError(
      `\`${origin}\` needs the variable \`${name}\`, which is not set`,
      `set \`${name}\`, also in \`.env\``,
    )
  })
}
