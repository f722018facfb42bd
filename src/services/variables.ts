import { connectionUrl } from '../postgres/connection-url.ts'
import type { Service } from './recipe.ts'

/** Where a service answers on this machine. */
type Place = {
  readonly port: number
  readonly password?: string | undefined
  /** Of Postgres. */
  readonly database?: string | undefined
}

/** The superuser of a server of Postgres that parity makes. */
export const superuser = 'postgres'

const host = '127.0.0.1'

/** The config vars of a service under production's names, with the values that lead to this machine. Some are secrets. */
export function variablesOf({ engine, configVars }: Service, place: Place): Record<string, string> {
  const entries = configVars.filter(isName).flatMap((name) => {
    const value = valueHere(engine, name, place)
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(entries)
}

/** The config vars of a service that stay unset here. */
export function unsetVariables(service: Service): string[] {
  const set = variablesOf(service, { port: 1, database: 'x' })
  return service.configVars.filter((name) => !(name in set))
}

/** Names that a shell reads back as such: what is printed may be evaluated. */
function isName(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name)
}

function valueHere(engine: Service['engine'], name: string, place: Place): string | undefined {
  const { port, password } = place
  if (engine === 'postgres') return name.endsWith('_URL') ? postgresUrl(place) : undefined
  if (engine === 'redis') {
    // The server here speaks no TLS: an app that is led there with it could not connect.
    if (!name.endsWith('_URL') || /_TLS_|_REST_/.test(name)) return undefined
    return `redis://${password ? `:${password}@` : ''}${host}:${port}/0`
  }
  if (engine === 'memcached') {
    if (name.endsWith('_SERVERS')) return `${host}:${port}`
    return /_(USERNAME|PASSWORD)$/.test(name) ? '' : undefined
  }
  if (/_(SMTP_SERVER|SMTP_HOST|HOST)$/.test(name)) return host
  if (/_PORT$/.test(name)) return String(port)
  return /_SMTP_(LOGIN|USER|PASSWORD)$/.test(name) ? '' : undefined
}

function postgresUrl({ port, password, database = superuser }: Place): string {
  return connectionUrl({ host, port, user: superuser, database, ...(password === undefined ? {} : { password }) })
}
