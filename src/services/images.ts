import { parseDocument, visit } from 'yaml'

/** An image of a backing service that a file pins. */
export type Image = {
  readonly file: string
  /** As written: `postgres:15-alpine`. */
  readonly image: string
  readonly service: 'postgres' | 'redis'
  /** `15` of `15-alpine`. */
  readonly version: string
}

const services = {
  postgres: 'postgres',
  postgis: 'postgres',
  pgvector: 'postgres',
  redis: 'redis',
  valkey: 'redis',
} as const

/**
 * The images of Postgres and Redis in a YAML file, whatever it is for: any text in it that is one, so that compose files and the
 * dialects of all CI services are read alike. A tag without a number (`latest`) pins nothing. None for a file that is no YAML.
 */
export function imagesIn(file: string, text: string): Image[] {
  const images: Image[] = []
  const document = parseDocument(text, { merge: true })
  if (document.errors.length > 0) return []
  visit(document, {
    Scalar(_, { value }) {
      const found = typeof value === 'string' ? imageOf(value) : undefined
      if (found && !images.some(({ image }) => image === found.image)) images.push({ file, ...found })
    },
  })
  return images
}

/** `registry.example.com/library/postgres:15.2-alpine` is Postgres 15.2. */
function imageOf(text: string): Omit<Image, 'file'> | undefined {
  const [, name = '', tag = ''] = /^(?:[\w.-]+(?::\d+)?\/)*([\w-]+):([\w.-]+)$/.exec(text) ?? []
  const service = Object.hasOwn(services, name) ? services[name as keyof typeof services] : undefined
  // The number of pgvector's tags is behind its own name: pgvector/pgvector:pg17.
  const version = /^(?:pg)?(\d+(?:\.\d+)*)/.exec(tag)?.[1]
  return service === undefined || version === undefined ? undefined : { image: text, service, version }
}
