import { typedAs } from '../environments/typed.ts'
import { endInWords, rehearsing } from '../heroku/postgres-versions.ts'
import { majorVersion } from '../postgres/client-versions.ts'
import { type Check, ok, pasteable, problem, warning } from './checks.ts'
import { type DoctorFacts, isTrouble } from './facts.ts'

/** The local database and its programs, and the versions of those on Heroku. */
export function judgeDatabase(facts: DoctorFacts): Check[] {
  return [clientsCheck(facts), ...target(facts), ...deprecated(facts)]
}

function newestOnHeroku({ environments }: DoctorFacts): number {
  const majors = environments.flatMap(({ seen }) =>
    seen && 'postgres' in seen && seen.postgres ? [majorVersion(seen.postgres)] : [],
  )
  return Math.max(0, ...majors)
}

function clientsCheck(facts: DoctorFacts): Check {
  const { clients } = facts
  const install = (major: number) =>
    `sudo apt-get install postgresql-client${major > 0 ? `-${major}` : ''} # or: brew install postgresql${major > 0 ? `@${major}` : ''}`
  if (isTrouble(clients)) return problem('database', 'postgres.clients', clients.why, 'unset PARITY_PG_BIN')
  const wanted = newestOnHeroku(facts)
  const newest = Math.max(0, ...clients.map(({ major }) => major))
  if (clients.length === 0) return problem('database', 'postgres.clients', 'no pg_restore was found', install(wanted))
  if (newest < wanted)
    return warning(
      'database',
      'postgres.clients',
      `the newest is ${newest}, and Heroku runs Postgres ${wanted}`,
      install(wanted),
    )
  return ok('database', 'postgres.clients', clients.map(({ version }) => version).join(', '), clients[0]?.folder)
}

function target({ database }: DoctorFacts): Check[] {
  if (isTrouble(database))
    return [warning('database', 'database', database.why, pasteable(database.hint, '# name another database'))]
  if ('adapter' in database)
    return [
      warning(
        'database',
        'database',
        `${database.adapter} (by ${database.origin}): parity restores into Postgres alone`,
        'parity check',
      ),
    ]
  const { address, origin, server, unread } = database
  const others = unread.length === 0 ? '' : `; read by no tool of this project: ${unread.join(', ')}`
  const named = ok('database', 'database', address, `by ${origin}${others}`)
  if (isTrouble(server))
    return [named, problem('database', 'postgres.server', server.why, pasteable(server.hint, '# start Postgres'))]
  return [named, ok('database', 'postgres.server', server.version)]
}

/** The versions that Heroku ends soon, or has ended: those of the apps, and that of the local server. */
function deprecated(facts: DoctorFacts): Check[] {
  const { environments, database, now } = facts
  const apps = environments.flatMap(({ name, seen }) =>
    seen && 'postgres' in seen && seen.postgres
      ? [{ name, version: seen.postgres, fix: upgrade(name, seen.postgres, now) }]
      : [],
  )
  const server = 'server' in database && 'version' in database.server ? database.server : undefined
  const local = server ? [{ name: 'development', version: server.version, fix: localUpgrade(facts) }] : []
  return [...apps, ...local].flatMap(({ name, version, fix }) => {
    const ended = endInWords(majorVersion(version), now)
    if (ended === undefined) return []
    return [warning('database', `postgres.deprecated.${name}`, `Postgres ${version} of ${name}: Heroku ${ended}`, fix)]
  })
}

/** Production's is tried here first, on its newest backup. */
function upgrade(name: string, version: string, now: Date): string {
  const rehearsal = name === 'production' ? rehearsing(majorVersion(version), now) : undefined
  return rehearsal ?? `${typedAs({ name })} pg:upgrade:dryrun`
}

/** A server like production's, beside the one that is there. */
function localUpgrade(facts: DoctorFacts): string {
  const major = newestOnHeroku(facts)
  return major > 0 && endInWords(major, facts.now) === undefined
    ? `sudo apt-get install postgresql-${major} # or: brew install postgresql@${major}`
    : '# upgrade it together with production'
}
