import { toJsonSchema } from '@valibot/to-json-schema'
import { configurationSchema } from './schema.ts'

/** The JSON Schema of the configuration, for editors; the build writes it to `dist/parityrc.schema.json`. */
export function jsonSchema(): object {
  return toJsonSchema(configurationSchema)
}
