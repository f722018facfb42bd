import { isAdvanced } from '../../heroku/data.ts'
import { endInWords, rehearsing } from '../../heroku/postgres-versions.ts'
import { majorVersion } from '../../postgres/client-versions.ts'
import type { Installer } from '../../postgres/installation.ts'
import type { AppFacts, Facts, LocalFacts } from '../facts.ts'
import { allOf, type Finding, type Look } from '../findings.ts'
import { inOrder, onEnvironment } from './commands.ts'
import { othersThan } from './reference.ts'
import { base, row } from './shapes.ts'

/** Postgres side by side: its versions, what is no Postgres here, and what Heroku ends. */
export function postgres(facts: Facts, reference: AppFacts): Look {
  return allOf([adapter(facts.local, reference), versions(facts, reference), ending(facts, reference)])
}

/** SQLite or MySQL here against Postgres there is the first finding of all. */
function adapter(local: LocalFacts | undefined, reference: AppFacts): Look {
  if (local?.otherAdapter === undefined || reference.postgres === undefined) return { rows: [], findings: [] }
  const { adapter, origin } = local.otherAdapter
  const finding: Finding = {
    ...base(`adapter.${local.name}`),
    says: `${local.name} works on ${adapter} (${origin}), ${reference.name} on Postgres ${reference.postgres}`,
    where: { [local.name]: adapter, [reference.name]: `Postgres ${reference.postgres}` },
    command:
      origin === 'config/database.yml'
        ? 'bin/rails db:system:change --to=postgresql'
        : "echo 'DATABASE_URL=postgres:///development' >> .env",
  }
  return { rows: [], findings: [finding] }
}

function versions({ local, apps }: Facts, reference: AppFacts): Look {
  const here = local?.postgres?.version ?? local?.otherAdapter?.adapter
  const versionRow = row('postgres', 'Postgres', [
    [local?.name, here],
    ...apps.map(({ name, postgres, addons }) => [name, postgres ?? withoutPostgres(addons)] as const),
  ])
  const wanted = reference.postgres
  if (wanted === undefined) return { rows: [versionRow], findings: [] }
  const major = majorVersion(wanted)
  const differs = (version: string | undefined) => version !== undefined && majorVersion(version) !== major
  const findings = othersThan(reference, apps)
    .filter((app) => differs(app.postgres))
    .map((app) => {
      const other = majorVersion(app.postgres ?? '')
      const close = other < major ? upgradingPostgres(app, major) : upgradingPostgres(reference, other)
      return versionFinding(app.name, app.postgres ?? '', reference, close)
    })
  if (local?.postgres && differs(local.postgres.version))
    findings.unshift(
      versionFinding(
        local.name,
        local.postgres.version,
        reference,
        installingPostgres(major, local.postgres.installer),
      ),
    )
  return { rows: [versionRow], findings }
}

/** Heroku upgrades by force what it ends: that is tried before, on this machine. */
function ending({ now }: Facts, { name, typeable, postgres: version }: AppFacts): Look {
  const major = majorVersion(version ?? '')
  const words = endInWords(major, now)
  if (words === undefined || name !== 'production' || !typeable) return { rows: [], findings: [] }
  const finding: Finding = {
    ...base(`postgres-end.${name}`, 'note'),
    says: `${name} runs Postgres ${version}, and Heroku ${words}`,
    where: { [name]: version ?? '' },
    command: rehearsing(major, now),
  }
  return { rows: [], findings: [finding] }
}

/** An app has none where it has no such add-on; that its version is not known is another matter. */
function withoutPostgres(addons: AppFacts['addons']): string | undefined {
  return addons?.every(({ service }) => service !== 'heroku-postgresql') ? 'none' : undefined
}

function versionFinding(name: string, version: string, reference: AppFacts, command: string | undefined): Finding {
  return {
    ...base(`postgres.${name}`),
    says: `Postgres is ${version} in ${name}, ${reference.postgres} in ${reference.name}`,
    where: { [name]: version, [reference.name]: reference.postgres ?? '' },
    command,
  }
}

/**
 * The way of an app's main database up to a major version; undefined where the database is not its own. Essential is upgraded at once;
 * Standard and higher are prepared first: https://devcenter.heroku.com/articles/upgrading-heroku-postgres-databases
 */
function upgradingPostgres(app: AppFacts, major: number): string | undefined {
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
function installingPostgres(major: number, installer: Installer): string | undefined {
  if (installer === 'brew') return `brew install postgresql@${major}`
  if (installer === 'other') return undefined
  // https://wiki.postgresql.org/wiki/Apt
  return inOrder(
    'sudo apt-get install -y postgresql-common',
    'sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y',
    `sudo apt-get install -y postgresql-${major}`,
  )
}
