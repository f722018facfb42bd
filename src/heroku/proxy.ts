import { usageError } from '../errors.ts'
import type { Variables } from './hosts.ts'

/** A proxy, and the variable that named it. */
export type HttpProxy = { readonly variable: string; readonly uri: string; readonly authorization: string | undefined }

/**
 * The proxy that the Heroku CLI would use for this URL, if any. It speaks plain http to it, on port 8080 unless one is given,
 * and does not decode name and password. A name in `NO_PROXY` excepts every host that ends in it.
 *
 * Source: `lib/proxy.js` of @heroku/http-call 5.6. Throws a usage error for a variable that holds no URL.
 */
export function proxyFor(url: URL, variables: Variables): HttpProxy | undefined {
  if (isExcepted(url.hostname, variables.NO_PROXY || variables.no_proxy)) return undefined
  const plain = ['HTTP_PROXY', 'http_proxy']
  const names = url.protocol === 'https:' ? ['HTTPS_PROXY', 'https_proxy', ...plain] : plain
  const variable = names.find((name) => variables[name])
  return variable === undefined ? undefined : parseProxy(variable, variables[variable] ?? '')
}

function isExcepted(host: string, exceptions: string | undefined): boolean {
  if (!exceptions) return false
  if (exceptions === '*') return true
  const suffixes = exceptions.split(',').map((name) => name.trim().replace(/^\./, ''))
  return suffixes.some((suffix) => host.endsWith(suffix))
}

function parseProxy(variable: string, value: string): HttpProxy {
  const url = URL.canParse(value) ? new URL(value) : undefined
  // The value is not shown: it may hold a password.
  if (!url?.hostname) throw usageError(`\`${variable}\` is not a URL`, 'write it like `http://proxy.example.com:3128`')
  const login = [url.username, url.password].filter(Boolean).join(':')
  return {
    variable,
    uri: `http://${url.hostname}:${url.port || '8080'}`,
    authorization: login ? `Basic ${Buffer.from(login).toString('base64')}` : undefined,
  }
}
