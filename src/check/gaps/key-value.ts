import type { AppFacts, Facts } from '../facts.ts'
import type { Finding, Look } from '../findings.ts'
import { onEnvironment } from './commands.ts'
import { othersThan } from './reference.ts'
import { base, row } from './shapes.ts'

/**
 * Heroku's Key-Value Store is Valkey from 7.2 on, and Redis before: 7.2 is where the one left the other.
 * https://devcenter.heroku.com/articles/heroku-redis-version-upgrade
 */
export function engineOf(version: string): 'Valkey' | 'Redis' {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 7 || (major === 7 && minor >= 2) ? 'Valkey' : 'Redis'
}

/** Whether two versions of Redis or Valkey are alike: `7` is what `7.2.4` is. */
export function sameMajor(one: string, other: string): boolean {
  return Number.parseInt(one, 10) === Number.parseInt(other, 10)
}

/**
 * Key-Value Store side by side, with the one that `development services` runs here. The older one of two apps is upgraded: there is no way
 * back.
 */
export function keyValueStore({ local, apps }: Facts, reference: AppFacts): Look {
  const wanted = reference.redis
  const finding = (name: string, has: string, command: string): Finding => ({
    ...base(`redis.${name}`),
    says: `${engineOf(has)} is ${has} in ${name}, ${engineOf(wanted ?? '')} ${wanted} in ${reference.name}`,
    where: { [name]: has, [reference.name]: wanted ?? '' },
    command,
  })
  const differs = (has: string | undefined): has is string =>
    wanted !== undefined && has !== undefined && !(sameMajor(has, wanted) && engineOf(has) === engineOf(wanted))
  const here = local?.services.find(({ engine }) => engine === 'redis')?.version
  const findings = [
    ...(local && differs(here) ? [finding(local.name, here, 'development services up')] : []),
    ...othersThan(reference, apps).flatMap((app): Finding[] => {
      const { redis: has } = app
      if (!differs(has) || wanted === undefined) return []
      const older = has.localeCompare(wanted, 'en', { numeric: true }) < 0
      const [from, to] = older ? [app, wanted] : [reference, has]
      const version = to.split('.').slice(0, 2).join('.')
      return [finding(app.name, has, onEnvironment(from, 'redis:upgrade', '--version', version))]
    }),
  ]
  const titled = (version: string | undefined) => version && `${engineOf(version)} ${version}`
  const cells = apps.map(({ name, redis }) => [name, titled(redis)] as const)
  return { rows: [row('redis', 'Key-Value Store', [[local?.name, titled(here)], ...cells])], findings }
}

/** Memcached of this machine: Heroku does not show the versions of those that its partners run. */
export function memcached({ local }: Facts): Look {
  const here = local?.services.find(({ engine }) => engine === 'memcached')?.version
  return { rows: [row('memcached', 'Memcached', [[local?.name, here]])], findings: [] }
}
