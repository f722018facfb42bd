import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import { type ParityError, usageError } from '../errors.ts'
import { printable } from '../terminal/harmless.ts'
import { type Connection, describeConnection, isSocket } from './connection.ts'

/**
 * Throws when `connection` leads to another machine: a restore must not reach a server because a variable was left
 * over. `allowHosts` are names that the configuration calls ours (`db` inside a container); a server of Heroku's
 * never is.
 */
export function refuseForeignHost(connection: Connection, allowHosts: readonly string[]): void {
  const { host } = connection
  if (host === undefined || isThisMachine(host)) return
  if (isHeroku(host)) {
    throw usageError(
      `${describeConnection(connection)} is a server of Heroku's`,
      'name a database on this machine with `--database`',
    )
  }
  if (allowHosts.some((allowed) => allowed.toLowerCase() === host.toLowerCase())) return
  throw isService(host) ? onlyInCompose(connection, host) : elsewhere(connection, host)
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

function isThisMachine(host: string): boolean {
  if (isSocket(host) || host.toLowerCase() === 'localhost') return true
  if (isIPv4(host)) return loopback.check(host)
  return isIPv6(host) && loopback.check(host, 'ipv6')
}

/** The hosts in the config vars of Heroku Postgres: its own names, EC2's public ones, and Aurora's clusters. */
const herokuHosts = [
  /(?:^|\.)heroku(?:app|data|dns)?\.com$/,
  /^ec2-[\d-]+\.(?:compute-1|[a-z0-9-]+\.compute)\.amazonaws\.com$/,
  /^[a-z0-9]+\.cluster-[a-z0-9-]+\.[a-z0-9-]+\.rds\.amazonaws\.com$/,
]

/** libpq takes several hosts, split by commas. */
function isHeroku(hosts: string): boolean {
  const names = hosts.split(',').map((host) => host.trim().toLowerCase().replace(/\.$/, ''))
  return names.some((name) => herokuHosts.some((pattern) => pattern.test(name)))
}

/** A name without a dot is one that Compose gives: no other machine is called so on the internet. */
function isService(host: string): boolean {
  return /^[a-z][\w-]*$/i.test(host) && isIP(host) === 0
}

function onlyInCompose(connection: Connection, host: string): ParityError {
  const { user, password, database, port = 5432 } = connection
  const login = user === undefined ? '' : `${encodeURIComponent(user)}@`
  const secret = password === undefined ? '' : ', with its password in `PGPASSWORD`'
  return usageError(
    `${describeConnection(connection)} is not on this machine; a Compose service is reached through a published port`,
    `publish its port (\`ports: ["127.0.0.1:${port}:${port}"]\`) and use \`--database postgres://${login}localhost:${port}/${encodeURIComponent(database)}\`${secret}; where \`${host}\` can be reached, add it to \`development.allowHosts\``,
  )
}

function elsewhere(connection: Connection, host: string): ParityError {
  return usageError(
    `${describeConnection(connection)} is not on this machine`,
    `if \`${printable(host)}\` is yours to overwrite, add it to \`development.allowHosts\` in the configuration`,
  )
}
