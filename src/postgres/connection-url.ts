import type { Connection } from './connection.ts'

/** The connection as a `postgres://` URL with everything in it, for `DATABASE_URL`: a secret where it has a password. */
export function connectionUrl({ host, port, user, password, database, sslmode }: Connection): string {
  const login =
    user === undefined
      ? ''
      : `${encodeURIComponent(user)}${password === undefined ? '' : `:${encodeURIComponent(password)}`}@`
  const isSocket = host?.startsWith('/') ?? false
  const place = isSocket || host === undefined ? '' : host.includes(':') ? `[${host}]` : host
  const query = new URLSearchParams({
    ...(isSocket && host ? { host } : {}),
    ...(isSocket && port ? { port: String(port) } : {}),
    ...(sslmode ? { sslmode } : {}),
  })
    .toString()
    .replaceAll('+', '%20')
  return `postgres://${login}${place}${port && !isSocket ? `:${port}` : ''}/${encodeURIComponent(database)}${query ? `?${query}` : ''}`
}
