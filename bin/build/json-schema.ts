import { toJsonSchema } from '@valibot/to-json-schema'
import { configurationSchema } from '../../src/environments/schema.ts'

/** The JSON Schema of the configuration, for editors; the build writes it to `dist/parityrc.schema.json`. */
export function jsonSchema(): object {
  return withExtensionKeys(toJsonSchema(configurationSchema)) as object
}

/** Keys that begin with `x-` belong to the user wherever other unknown ones are refused; valibot has no word for that. */
function withExtensionKeys(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withExtensionKeys)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, withExtensionKeys(value)]))
  return inner.additionalProperties === false ? { ...inner, patternProperties: { '^x-': {} } } : inner
}
