import { readTables } from '../../src/postgres/columns.ts'
import { type Session, withSession } from '../../src/postgres/server.ts'
import { planScrub } from '../../src/restore/scrub/plan.ts'
import { keySetting } from '../../src/restore/scrub/presets.ts'
import { projectRules } from '../../src/restore/scrub/rules.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

const rows = 1_000_000
const users = `
  CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL, name text NOT NULL, phone text, settings jsonb NOT NULL);
  INSERT INTO users (email, name, phone, settings)
    SELECT 'person' || n || '@customer.example', 'Person ' || n, '+1 555 ' || lpad(n::text, 7, '0'), jsonb_build_object('visits', n % 100)
      FROM generate_series(1, ${rows}) n;
  CREATE UNIQUE INDEX ON users (lower(email));
  CREATE INDEX ON users (name);
  CREATE INDEX ON users USING gin (settings);`

/** What it takes to scrub three columns of a million users, with their indexes and the table written anew, against one plain UPDATE. */
export async function measureScrub({ local }: Pick<Sandbox, 'local'>): Promise<void> {
  const { host, port, user } = local
  await local.query('acme_development', 'CREATE DATABASE scrub_bench')
  await withSession({ host, port, user, database: 'scrub_bench' }, 'bench', async (session) => {
    await session.query(users)
    const plain = await timed(session, [
      'CREATE TABLE plain AS SELECT * FROM users',
      "UPDATE plain SET phone = phone || 'x'",
    ])
    await session.query('DROP TABLE plain')
    await session.query(`SET ${keySetting} = 'key'`)
    const scrub = { users: { email: 'email', name: 'name', phone: 'phone' } }
    const rules = projectRules(
      { root: '/', configuration: { restore: { scrub } } } as unknown as Parameters<typeof projectRules>[0],
      true,
    )
    const plan = rules && planScrub(rules, await readTables(session))
    if (plan === undefined || 'problems' in plan) throw new Error('the rules fit no table')
    const [table] = plan.tables
    const whole = await timed(session, table?.statements ?? [])
    tell(plain.slice(1), whole)
  })
  await local.query('acme_development', 'DROP DATABASE scrub_bench')
}

type Timed = { readonly what: string; readonly seconds: number }

async function timed(session: Session, statements: readonly string[]): Promise<Timed[]> {
  const times: Timed[] = []
  for (const statement of statements) {
    const start = performance.now()
    await session.query(statement)
    times.push({ what: statement.split(/["\n]|SET/, 1)[0]?.trim() ?? '', seconds: (performance.now() - start) / 1000 })
  }
  return times
}

function tell(plain: readonly Timed[], whole: readonly Timed[]): void {
  const sum = (times: readonly Timed[]) => times.reduce((total, { seconds }) => total + seconds, 0)
  console.log(`\nscrub of ${rows} users: ${sum(whole).toFixed(1)} s; one plain UPDATE: ${sum(plain).toFixed(1)} s`)
  for (const { what, seconds } of whole) console.log(`  ${seconds.toFixed(1).padStart(5)} s  ${what}`)
}
