import { quoteIdentifier } from '../../postgres/identifiers.ts'
import type { AppFacts, Facts } from '../facts.ts'
import type { Finding, Look } from '../findings.ts'
import { line, onEnvironment } from './commands.ts'
import { base, row, unique } from './shapes.ts'

/** What Heroku puts into every database, and what every database has. */
const everywhere = ['plpgsql', 'pg_stat_statements']

/** The extensions of the main databases side by side. */
export function extensions({ local, apps }: Facts, reference: AppFacts): Look {
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
