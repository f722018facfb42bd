import { majorVersion } from '../../postgres/client-versions.ts'
import { quoteIdentifier } from '../../postgres/identifiers.ts'
import type { AppFacts, Facts, LocalFacts } from '../facts.ts'
import { allOf, type Finding, type Look } from '../findings.ts'
import { line, onEnvironment } from './commands.ts'
import { pinLook } from './pins.ts'
import { othersThan, referenceOf } from './reference.ts'
import { base, row, unique } from './shapes.ts'

/** What Heroku puts into every database, and what every database has. */
const everywhere = ['plpgsql', 'pg_stat_statements']

/** The backing services side by side: database, key-value store and other add-ons, and what files pin. */
export function services(facts: Facts): Look {
  const reference = referenceOf(facts.apps)
  if (reference === undefined) return { rows: [], findings: [] }
  return allOf([
    adapter(facts.local, reference),
    postgres(facts, reference),
    extensions(facts, reference),
    redis(facts, reference),
    pinLook(facts.local, reference),
    addons(facts, reference),
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
    .map((app) =>
      versionFinding(
        app.name,
        app.postgres ?? '',
        reference,
        onEnvironment(app, 'pg:upgrade:run', '--version', String(major)),
      ),
    )
  if (local && differs(local.postgres?.version))
    findings.unshift(versionFinding(local.name, local.postgres?.version ?? '', reference, serverInstall(major)))
  return { rows: [versions], findings }
}

/** An app has none where it has no such add-on; that its version is not known is another matter. */
function withoutPostgres(addons: AppFacts['addons']): string | undefined {
  return addons?.every(({ service }) => service !== 'heroku-postgresql') ? 'none' : undefined
}

function versionFinding(name: string, version: string, reference: AppFacts, command: string): Finding {
  return {
    ...base(`postgres.${name}`),
    says: `Postgres is ${version} in ${name}, ${reference.postgres} in ${reference.name}`,
    where: { [name]: version, [reference.name]: reference.postgres ?? '' },
    command,
  }
}

function serverInstall(major: number): string {
  return process.platform === 'darwin' ? `brew install postgresql@${major}` : `sudo apt-get install postgresql-${major}`
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
    ...missing(wanted.has, side.has).map((extension) => extensionFinding(extension, side, wanted.name)),
    ...missing(side.has, wanted.has).map((extension) => extensionFinding(extension, wanted, side.name)),
  ])
  return { rows, findings: unique(findings) }
}

function extensionFinding(
  extension: string,
  side: { name: string; make: (sql: string) => string },
  other: string,
): Finding {
  return {
    ...base(`extension.${extension}.${side.name}`),
    says: `extension ${extension} is in ${other} and not in ${side.name}`,
    where: { [side.name]: 'missing', [other]: extension },
    command: side.make(`CREATE EXTENSION ${/^[a-z_]\w*$/.test(extension) ? extension : quoteIdentifier(extension)}`),
  }
}

function redis({ apps }: Facts, reference: AppFacts): Look {
  const wanted = reference.redis
  const findings = othersThan(reference, apps).flatMap((app): Finding[] => {
    if (wanted === undefined || app.redis === undefined || majorVersion(app.redis) === majorVersion(wanted)) return []
    return [
      {
        ...base(`redis.${app.name}`),
        says: `Redis is ${app.redis} in ${app.name}, ${wanted} in ${reference.name}`,
        where: { [app.name]: app.redis, [reference.name]: wanted },
        command: onEnvironment(app, 'redis:upgrade', '--version', wanted.split('.').slice(0, 2).join('.')),
      },
    ]
  })
  return {
    rows: [
      row(
        'redis',
        'Redis',
        apps.map(({ name, redis }) => [name, redis] as const),
      ),
    ],
    findings,
  }
}

function addons({ apps }: Facts, reference: AppFacts): Look {
  const names = [...new Set(apps.flatMap(({ addons }) => addons?.map(({ service }) => service) ?? []))].sort()
  const plan = (app: AppFacts, service: string) => app.addons && (plans(app, service).join(' ') || 'none')
  const rows = names.map((service) =>
    row(
      `addon.${service}`,
      service,
      apps.map((app) => [app.name, plan(app, service)]),
    ),
  )
  const findings = names.flatMap((service) =>
    othersThan(reference, apps).flatMap((app) => addonFindings(service, app, reference)),
  )
  return { rows, findings }
}

function addonFindings(service: string, app: AppFacts, reference: AppFacts): Finding[] {
  if (app.addons === undefined || reference.addons === undefined) return []
  const [[has], [wanted]] = [plans(app, service), plans(reference, service)]
  if (has === wanted) return []
  const finding = (severity: Finding['severity'], says: string, command: string): Finding[] => [
    {
      ...base(`addon.${service}.${app.name}`),
      severity,
      says,
      where: { [app.name]: has ?? 'none', [reference.name]: wanted ?? 'none' },
      command,
    },
  ]
  if (has === undefined)
    return finding(
      'gap',
      `${app.name} has no ${service}, ${reference.name} has ${service}:${wanted}`,
      onEnvironment(app, 'addons:create', `${service}:${wanted}`),
    )
  if (wanted === undefined)
    return finding(
      'gap',
      `${reference.name} has no ${service}, ${app.name} has ${service}:${has}`,
      onEnvironment(reference, 'addons:create', `${service}:${has}`),
    )
  const name = app.addons.find((addon) => addon.service === service)?.name ?? service
  return finding(
    'note',
    `${service} is ${has} in ${app.name}, ${wanted} in ${reference.name}`,
    onEnvironment(app, 'addons:upgrade', name, `${service}:${wanted}`),
  )
}

/** The plans of a service, each once: two databases of one plan are one word. */
function plans({ addons = [] }: Pick<AppFacts, 'addons'>, service: string): string[] {
  return [...new Set((addons ?? []).filter((addon) => addon.service === service).map(({ plan }) => plan))]
}

function missing(wanted: readonly string[], has: readonly string[]): string[] {
  return wanted.filter((item) => !has.includes(item))
}
