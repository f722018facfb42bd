import { isAdvanced } from '../../heroku/data.ts'
import type { Installer } from '../../postgres/installation.ts'
import type { AppFacts } from '../facts.ts'
import { inOrder, onEnvironment } from './commands.ts'

/**
 * The way of an app's main database up to a major version; undefined where the database is not its own. Essential is upgraded at once;
 * Standard and higher are prepared first: https://devcenter.heroku.com/articles/upgrading-heroku-postgres-databases
 */
export function upgradingPostgres(app: AppFacts, major: number): string | undefined {
  const plan = mainDatabase(app)?.plan
  if (plan === undefined) return undefined
  const to = ['--version', String(major)]
  if (isAdvanced(plan)) return onEnvironment(app, 'data:pg:upgrade:run', 'DATABASE', ...to)
  if (/^(standard|premium|private|shield)-/.test(plan))
    return inOrder(
      onEnvironment(app, 'pg:upgrade:prepare', ...to),
      onEnvironment(app, 'pg:upgrade:wait'),
      onEnvironment(app, 'pg:upgrade:run', ...to),
    )
  return onEnvironment(app, 'pg:upgrade:run', ...to)
}

function mainDatabase({ addons }: AppFacts): NonNullable<AppFacts['addons']>[number] | undefined {
  const own = (addons ?? []).filter(({ service, attached }) => service === 'heroku-postgresql' && !attached)
  return own.find(({ configVars }) => configVars.includes('DATABASE_URL')) ?? own[0]
}

/** What installs a server of that major here; undefined where no package is known. Debian's own are of one major alone. */
export function installingPostgres(major: number, installer: Installer): string | undefined {
  if (installer === 'brew') return `brew install postgresql@${major}`
  if (installer === 'other') return undefined
  // https://wiki.postgresql.org/wiki/Apt
  return inOrder(
    'sudo apt-get install -y postgresql-common',
    'sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y',
    `sudo apt-get install -y postgresql-${major}`,
  )
}

/** `22` of `heroku-22`; undefined for what has no order, as `container`. */
export function stackNumber(stack: string): number | undefined {
  const number = /^heroku-(\d+)$/.exec(stack)?.[1]
  return number === undefined ? undefined : Number(number)
}

/**
 * What makes the buildpacks of an app those of another, in their order. Where only the pinned versions differ, each is set where it
 * stands; else the list is written anew.
 */
export function changingBuildpacks(app: AppFacts, has: readonly string[], wanted: readonly string[]): string {
  const positions = wanted.flatMap((buildpack, at) => (buildpack === has[at] ? [] : [{ buildpack, at }]))
  const pinned = ({ buildpack, at }: { buildpack: string; at: number }) =>
    unpinned(buildpack) === unpinned(has[at] ?? '')
  if (has.length === wanted.length && positions.every(pinned))
    return inOrder(
      ...positions.map(({ buildpack, at }) =>
        onEnvironment(app, 'buildpacks:set', '--index', String(at + 1), buildpack),
      ),
    )
  const missing = positions[0]
  const one = wanted.filter((_, at) => at !== missing?.at)
  if (missing !== undefined && one.join('\n') === has.join('\n'))
    return onEnvironment(app, 'buildpacks:add', '--index', String(missing.at + 1), missing.buildpack)
  const extra = has.filter((buildpack) => !wanted.includes(buildpack))
  if (extra.length === 1 && has.filter((buildpack) => buildpack !== extra[0]).join('\n') === wanted.join('\n'))
    return onEnvironment(app, 'buildpacks:remove', extra[0] ?? '')
  return inOrder(
    onEnvironment(app, 'buildpacks:clear'),
    ...wanted.map((buildpack) => onEnvironment(app, 'buildpacks:add', buildpack)),
  )
}

/** Where both pin one, whether the first version is newer: `…#v12` than `…#v9`. */
export function pinnedNewer(one: readonly string[], other: readonly string[]): boolean {
  return one.some((buildpack, at) => {
    const [name, version] = buildpack.split('#v')
    const [otherName, otherVersion] = other[at]?.split('#v') ?? []
    return name === otherName && Number.parseFloat(version ?? '') > Number.parseFloat(otherVersion ?? '')
  })
}

function unpinned(buildpack: string): string {
  return buildpack.split('#')[0] ?? ''
}
