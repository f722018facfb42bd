import { isScalar, LineCounter, type Node, parseAllDocuments, type Scalar, visit } from 'yaml'

/** An image of a backing service that a file pins. */
export type Image = {
  readonly file: string
  /** The lines that name it, counted from 1. */
  readonly lines: readonly number[]
  /** As written: `postgres:15-alpine`. */
  readonly image: string
  readonly service: 'postgres' | 'redis' | 'mysql'
  readonly engine: 'Postgres' | 'Redis' | 'Valkey' | 'MySQL'
  /** `15` of `15-alpine`; empty for another engine than Heroku's own, of which every version is as good. */
  readonly version: string
}

/** Publishers' names of the engines; the numbers of `own` are versions of an extension, and the engine's is behind a `pg`. */
const names: Readonly<Record<string, Pick<Image, 'service' | 'engine'> & { readonly own?: true }>> = {
  postgres: { service: 'postgres', engine: 'Postgres' },
  postgresql: { service: 'postgres', engine: 'Postgres' },
  postgis: { service: 'postgres', engine: 'Postgres' },
  pgvector: { service: 'postgres', engine: 'Postgres', own: true },
  timescaledb: { service: 'postgres', engine: 'Postgres', own: true },
  'timescaledb-ha': { service: 'postgres', engine: 'Postgres', own: true },
  redis: { service: 'redis', engine: 'Redis' },
  'redis-stack': { service: 'redis', engine: 'Redis' },
  'redis-stack-server': { service: 'redis', engine: 'Redis' },
  valkey: { service: 'redis', engine: 'Valkey' },
  mysql: { service: 'mysql', engine: 'MySQL' },
  'mysql-server': { service: 'mysql', engine: 'MySQL' },
  mariadb: { service: 'mysql', engine: 'MySQL' },
  percona: { service: 'mysql', engine: 'MySQL' },
}

/**
 * The images of Postgres, MySQL, Redis and Valkey in a file: in YAML where an image can stand, in a Dockerfile behind `FROM`. A tag without a
 * number (`latest`), and a variable without a default, pin nothing. None for a document that is no YAML.
 */
export function imagesIn(file: string, text: string): Image[] {
  const found = /Dockerfile[^/]*$/.test(file) ? inDockerfile(text) : inYaml(text)
  const images = new Map<string, Image>()
  for (const { value, line } of found) {
    const image = imageOf(value)
    if (image === undefined) continue
    const before = images.get(value)?.lines ?? []
    images.set(value, { file, lines: [...new Set([...before, line])], ...image })
  }
  return [...images.values()]
}

type Place = { readonly value: string; readonly line: number }

/** https://docs.docker.com/reference/dockerfile/#from */
function inDockerfile(text: string): Place[] {
  return text.split('\n').flatMap((line, index) => {
    const value = /^\s*FROM\s+(?:--platform=\S+\s+)?(\S+)/i.exec(line)?.[1]
    return value === undefined ? [] : [{ value, line: index + 1 }]
  })
}

function inYaml(text: string): Place[] {
  const lines = new LineCounter()
  return parseAllDocuments(text, { merge: true, lineCounter: lines }).flatMap((document) => {
    if (document.errors.length > 0) return []
    const places: Place[] = []
    visit(document, {
      Scalar(key, node, path) {
        if (key === 'key' || typeof node.value !== 'string' || !isPlaceOfImage(path as readonly Node[])) return
        places.push({ value: node.value, line: lines.linePos(node.range?.[0] ?? 0).line })
      },
    })
    return places
  })
}

/**
 * Whether an image can stand behind these keys: `image: …` and `image: { name: … }` of compose files and all CI services, `container:`
 * of GitHub, and the items of `services:` of GitLab. An environment variable of that form (`REDIS_ADDR: redis:6379`) is none.
 */
function isPlaceOfImage(path: readonly Node[]): boolean {
  const keys = path.flatMap((node) => ('key' in node ? [(node as { key: Scalar | unknown }).key] : []))
  const [last, before] = keys.reverse().map((key) => (isScalar(key) ? String(key.value) : ''))
  const inEnvironment = keys.some(
    (key) => isScalar(key) && /^(environment|env|variables|labels)$/.test(String(key.value)),
  )
  if (inEnvironment) return false
  if (last === 'image' || last === 'container' || last === 'services') return true
  return last === 'name' && (before === 'image' || before === 'services')
}

/** `registry.example.com/library/postgres:15.2-alpine` is Postgres 15.2, and so is `postgres:${PG:-15.2}`. */
function imageOf(text: string): Pick<Image, 'image' | 'service' | 'engine' | 'version'> | undefined {
  const plain = text.replace(/@sha256:[0-9a-f]+$/, '').replace(/\$\{\w+:?-([^${}]*)\}/g, '$1')
  const [, name = '', tag = ''] = /^(?:[\w.-]+(?::\d+)?\/)*([\w-]+)(?::([\w.-]+))?$/.exec(plain) ?? []
  const known = Object.hasOwn(names, name) ? names[name] : undefined
  if (known === undefined) return undefined
  const { service, engine, own } = known
  if (service === 'mysql') return { image: text, service, engine, version: '' }
  const behind = service === 'postgres' ? /(?:^|[-_.])pg(\d+(?:\.\d+)*)/.exec(tag)?.[1] : undefined
  const version = behind ?? (own ? undefined : /^v?(\d+(?:\.\d+)*)/.exec(tag)?.[1])
  return version === undefined ? undefined : { image: text, service, engine, version }
}

/** What production runs of an engine. */
type Wanted = { readonly engine: Image['engine']; readonly version: string }

/**
 * The same image with another version; undefined where it is not known that there is one. CircleCI's have a tag for every minor version
 * only, PostGIS one for each PostGIS version, and Bitnami's free images have no versions any more.
 */
export function withVersion({ image, version, engine, service }: Image, wanted: Wanted): string | undefined {
  const [major = '', minor = ''] = wanted.version.split('.')
  const to = service === 'redis' && minor !== '' ? `${major}.${minor}` : major
  const [written = ''] = image.split('@')
  if (/(^|\/)(bitnami(legacy)?|supabase|circleci)\/|redis-stack/.test(written)) return undefined
  if (written.includes('${')) return engine === wanted.engine ? withDefault(written, version, to) : undefined
  if (service === 'mysql') return undefined
  const tag = written.slice(written.lastIndexOf(':') + 1)
  const path = written.slice(0, written.lastIndexOf(':'))
  if (path.startsWith('cimg/'))
    return engine === wanted.engine && minor !== '' ? `${path}:${major}.${minor}` : undefined
  if (engine !== wanted.engine)
    return `${wanted.engine === 'Valkey' ? 'valkey/valkey' : 'redis'}:${to}${/-alpine/.test(tag) ? '-alpine' : ''}`
  if (/postgis$/.test(path)) return `${path}:${to}-3.5`
  if (/pgvector$/.test(path)) return `${path}:${/^0\.8\./.test(tag) ? tag.replace(/pg\d.*/, `pg${to}`) : `pg${to}`}`
  if (/timescaledb/.test(path)) return `${path}:${path.endsWith('-ha') ? '' : 'latest-'}pg${to}`
  return `${path}:${tag
    .replace(version, to)
    .replace(oldSystem, '')
    .replace(/-alpine[\d.]+$/, '-alpine')}`
}

/** Releases of Debian that newer versions are not built for. */
const oldSystem = /-(jessie|stretch|buster|bullseye)$/

/** The default of the variable that holds the version. */
function withDefault(image: string, version: string, to: string): string {
  return image.replace(
    /(\$\{\w+:?-)([^${}]*)(\})/,
    (_, open, value: string, close) => `${open}${value.replace(version, to)}${close}`,
  )
}
