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

/** Key-Value Store side by side. The older one is upgraded: there is no way back. */
export function keyValueStore({ apps }: Facts, reference: AppFacts): Look {
  const wanted = reference.redis
  const findings = othersThan(reference, apps).flatMap((app): Finding[] => {
    const has = app.redis
    if (wanted === undefined || has === undefined) return []
    if (sameMajor(has, wanted) && engineOf(has) === engineOf(wanted)) return []
    const older = has.localeCompare(wanted, 'en', { numeric: true }) < 0
    const [from, to] = older ? [app, wanted] : [reference, has]
    return [
      {
        ...base(`redis.${app.name}`),
        says: `${engineOf(has)} is ${has} in ${app.name}, ${engineOf(wanted)} ${wanted} in ${reference.name}`,
        where: { [app.name]: has, [reference.name]: wanted },
        command: onEnvironment(from, 'redis:upgrade', '--version', to.split('.').slice(0, 2).join('.')),
      },
    ]
  })
  const cells = apps.map(({ name, redis }) => [name, redis && `${engineOf(redis)} ${redis}`] as const)
  return { rows: [row('redis', 'Key-Value Store', cells)], findings }
}
