import { endInWords, rehearsing } from '../../heroku/postgres-versions.ts'
import { majorVersion } from '../../postgres/client-versions.ts'
import { quoteIdentifier } from '../../postgres/identifiers.ts'
import type { AppFacts, Facts, LocalFacts } from '../facts.ts'
import { allOf, type Finding, type Look } from '../findings.ts'
import { addonLook } from './addons.ts'
import { line, onEnvironment } from './commands.ts'
import { keyValueStore, memcached } from './key-value.ts'
import { pinLook } from './pins.ts'
import { othersThan, referenceOf } from './reference.ts'
import { base, row, unique } from './shapes.ts'
import { installingPostgres, upgradingPostgres } from './upgrades.ts'

/** What Heroku puts into every database, and what every database has. */
const everywhere = ['plpgsql', 'pg_stat_statements']

/** The backing services side by side: database, key-value store and other add-ons, and what files pin. */
export function services(facts: Facts): Look {
  const reference = referenceOf(facts.apps)
  if (reference === undefined) return { rows: [], findings: [] }
  return allOf([
    adapter(facts.local, reference),
    postgres(facts, reference),
    ending(facts, reference),
    extensions(facts, reference),
    keyValueStore(facts, reference),
    memcached(facts),
    pinLook(facts.local, reference),
    addonLook(facts, reference),
  ])
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

function postgres({ local, apps }: Facts, reference: AppFacts): Look {
  const here = local?.postgres?.version ?? local?.otherAdapter?.adapter
  const versions = row('postgres', 'Postgres', [
    [local?.name, here],
    ...apps.map(({ name, postgres, addons }) => [name, postgres ?? withoutPostgres(addons)] as const),
  ])
  const wanted = reference.postgres
  if (wanted === undefined) return { rows: [versions], findings: [] }
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
  return { rows: [versions], findings }
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

function extensions({ local, apps }: Facts, reference: AppFacts): Look {
  const here = local?.postgres
  const sides = [
    ...(local && here
      ? [{ name: local.name, has: here.extensions, make: (sql: string) => line('psql', here.address, '-c', sql) }]
      : []),
    ...apps.flatMap((app) =>
      app.extensions
        ? [{ name: app.name, has: app.extensions, make: (sql: string) => onEnvironment(app, 'psql', '-c', sql) }]
        : [],
    ),
  ].map(({ has, ...side }) => ({ ...side, has: has.filter((extension) => !everywhere.includes(extension)) }))
  const rows = [
    row(
      'extensions',
      'extensions',
      sides.map(({ name, has }) => [name, has.join(' ') || 'none'] as const),
    ),
  ]
  const wanted = sides.find(({ name }) => name === reference.name)
  if (wanted === undefined) return { rows, findings: [] }
  const findings = sides.flatMap((side) => [
    ...missing(wanted.has, side.has).map((extension) =>
      extensionFinding(extension, side.name, wanted.name, side.make(creating(extension))),
    ),
    // It comes to production with the code that needs it.
    ...missing(side.has, wanted.has).map((extension) => extensionFinding(extension, wanted.name, side.name, undefined)),
  ])
  return { rows, findings: unique(findings) }
}

function creating(extension: string): string {
  return `CREATE EXTENSION ${/^[a-z_]\w*$/.test(extension) ? extension : quoteIdentifier(extension)}`
}

function extensionFinding(extension: string, without: string, having: string, command: string | undefined): Finding {
  return {
    ...base(`extension.${extension}.${without}`, command === undefined ? 'note' : 'gap'),
    says: `extension ${extension} is in ${having} and not in ${without}`,
    where: { [without]: 'missing', [having]: extension },
    command,
  }
}

function missing(wanted: readonly string[], has: readonly string[]): string[] {
  return wanted.filter((item) => !has.includes(item))
}
