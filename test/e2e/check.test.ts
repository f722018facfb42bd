import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { few, rarely } from '../often.ts'
import { projectRoot } from '../sandbox/project-root.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { checked, commit, daysAgo, ids, typed, write } from './check.ts'
import { releasesMissing, withRelease } from './postgres-releases.ts'
import { drawScreen } from './screen.ts'

/** The whole scenario: environments that are far apart, each gap once with its number, and gone after the command that it names. */

let own: Sandbox
let sandbox: Sandbox

const sqlite = 'development:\n  adapter: sqlite3\n  database: storage/development.sqlite3\n'
const configuration = `environments:
  demo: acme-demo
check:
  ignore:
    tools.addon.heroku-postgresql.staging: staging has little data
`

beforeAll(async () => {
  own = await startSandbox()
  // Of a release that Heroku does not end soon, whenever this runs.
  sandbox = releasesMissing.includes(18) ? own : await withRelease(own, 18)
  for (let number = 8; number <= 18; number += 1) {
    const author = number % 2 === 0 ? 'Grace Example <grace@acme.test>' : 'Ada Example <ada@acme.test>'
    await commit(
      sandbox,
      `Change ${number}`,
      { [`app/models/change_${number}.rb`]: `# ${number}\n` },
      (20 - number) / 4,
      author,
    )
  }
  await typed(sandbox, ['git', 'push', '--quiet', 'origin', 'main'])
  const sha = (await typed(sandbox, ['git', 'rev-parse', 'main~2'])).trim()
  await typed(sandbox, ['git', 'push', '--quiet', `${sandbox.folder}/repositories/acme-staging.git`, 'main~2:main'])
  sandbox.heroku.release('acme-staging', `Deploy ${sha.slice(0, 8)}`, sha, { user: 'ada@acme.test', at: daysAgo(0.3) })
  const { version } = await localPostgres()
  for (const name of ['acme-staging', 'acme-production']) sandbox.heroku.app(name).postgres = version
  await typed(sandbox, ['staging', 'ps:scale', 'worker=0'])
  await sandbox.heroku.backUp('acme-staging')
  await write(sandbox, {
    '.parityrc': configuration,
    'config/database.yml': sqlite,
    'compose.yaml': 'services:\n  db:\n    image: postgres:14-alpine\n',
  })
})
afterAll(async () => {
  if (sandbox !== own) await sandbox.stop()
  await own.stop()
})

async function localPostgres(): Promise<{ version: string }> {
  const [row] = await sandbox.local.query('acme_development', "SELECT current_setting('server_version') AS version")
  return { version: String(row?.version).split(' ')[0] ?? '' }
}

const expected = [
  [
    'time.behind.staging',
    'staging is 2 commits behind origin/main, the oldest 18 hours old',
    'staging deploy origin/main',
  ],
  [
    'time.behind.production',
    'production is 14 commits behind origin/main, the oldest 6 days old; staging runs 12 of that',
    'staging promote --to acme-production',
  ],
  [
    'time.migrations.production',
    '1 migration waits for production: db/migrate/20250101000000_add_summary_to_articles.rb',
    'staging promote --to acme-production',
  ],
  [
    'tools.adapter.development',
    'development works on sqlite3 (config/database.yml), production on Postgres VERSION',
    'bin/rails db:system:change --to=postgresql',
  ],
  [
    'tools.image.postgres.compose.yaml',
    'compose.yaml pins postgres:14-alpine, and production runs Postgres VERSION',
    "perl -pi -e 's{\\Qpostgres:14-alpine\\E(?![\\w.-])}{postgres:MAJOR-alpine} if $. == 3' compose.yaml",
  ],
  [
    'tools.addon.heroku-redis.staging',
    'staging has no heroku-redis, production has heroku-redis:premium-0',
    'staging addons:create heroku-redis:premium-0',
  ],
  [
    'tools.language.ruby',
    'Ruby is 3.3.7 in development and staging, 3.3.6 in production',
    'staging promote --to acme-production',
  ],
  ['tools.process.worker.staging', 'worker of the Procfile runs on no dyno in staging', 'staging ps:scale worker=1'],
  [
    'tools.config.SENDGRID_API_KEY.staging',
    'config var SENDGRID_API_KEY is set in production and not in staging',
    'staging config:set SENDGRID_API_KEY=VALUE',
  ],
  [
    'tools.addon.papertrail.staging',
    'staging has no papertrail, production has papertrail:choklad',
    'staging addons:create papertrail:choklad',
  ],
]

/** What a person adds: a value, and a yes to the question of a promotion. */
function filledIn(command: string): string {
  return command.replace('VALUE', 'SG.another').replace(/( promote .*)/, '$1 --yes')
}

describe('environments that are far apart', () => {
  test('each gap once, with its number and the command that closes it', async () => {
    const { version } = await localPostgres()
    const report = await checked(sandbox)
    const filled = expected.map((texts) =>
      texts.map((text) => text.replace('VERSION', version).replace('MAJOR', version.split('.')[0] ?? '')),
    )
    expect(report.findings.map(({ id, says, command }) => [id, says, command])).toEqual(filled)
    expect(report.ignored.map(({ id, reason }) => [id, reason])).toEqual([
      ['tools.addon.heroku-postgresql.staging', 'staging has little data'],
    ])
    expect([report.unseen, report.needlessIgnores, report.status]).toEqual([[], [], 0])
    expect(report.summary).toBe('8 gaps, 2 notes, 1 ignored')
  })

  test.each(
    few(1, [
      ['time', 1],
      ['personnel', 0],
      ['tools', 1],
      ['personnel,time', 1],
    ] as const),
  )('--fail-on %s ends with status %i', async (gaps, status) => {
    expect((await checked(sandbox, ['--fail-on', gaps])).done.status).toBe(status)
  })

  rarely('every form prints the same findings', async () => {
    const { findings } = await checked(sandbox)
    const text = await typed(sandbox, ['parity', 'check'])
    const markdown = await typed(sandbox, ['parity', 'check', '--markdown'])
    const coloured = await typed(sandbox, ['parity', 'check'], { FORCE_COLOR: '1' })
    // A command is never broken: it is there to be copied.
    const lines = text.split('\n').filter((line) => !/^ {6}\S/.test(line))
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(80)
    expect(coloured.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '')).toBe(text)
    expect([
      coloured === text,
      (await typed(sandbox, ['parity', 'check'], { FORCE_COLOR: '1', NO_COLOR: '1' })) === text,
    ]).toEqual([false, true])
    for (const { id, command } of findings)
      for (const form of [text, markdown]) expect([form.split(id).length, form.includes(command)]).toEqual([2, true])
  })

  test('README and `parity help check` show these very screens', async () => {
    const { version } = await localPostgres()
    const [major = ''] = version.split('.')
    /** What differs from machine to machine and from day to day; columns move with it. */
    const general = (screen: string) =>
      screen
        .replaceAll(version, '17.6')
        .replaceAll(`postgres:${major}-`, 'postgres:17-')
        .replace(/\b[0-9a-f]{8}\b/g, '1a2b3c4d')
        .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-03-31T12:00:00.000Z')
        .replace(/\s+/g, ' ')
        .trim()
    const text = await typed(sandbox, ['parity', 'check'])
    const { findings } = await checked(sandbox)
    const coloured = await typed(sandbox, ['parity', 'check'], { FORCE_COLOR: '1' })
    const drawn = drawScreen(
      coloured.replaceAll(version, '17.6'.padEnd(version.length)).replaceAll(`postgres:${major}-`, 'postgres:17-'),
    )
    const picture = join(projectRoot(), 'test', 'e2e', 'check-in-colours.svg')
    if (process.env.DRAW) writeFileSync(picture, drawn) // `DRAW=1 npx vitest …` after a change of the screen
    const readme = readFileSync(join(projectRoot(), 'README.md'), 'utf8')
    const screens = general(readFileSync(join(projectRoot(), 'src', 'help', 'check.md'), 'utf8'))
    expect(readme).toContain('](test/e2e/check-in-colours.svg)')
    /** Its words and their colours; in which line they are moves too. */
    const painted = (svg: string) => general(svg.slice(svg.indexOf('<text')).replace(/<\/?text[^>]*>/g, ' '))
    expect(painted(readFileSync(picture, 'utf8'))).toBe(painted(drawn))
    expect(screens).toContain(general(`$ parity check\n${text}`))
    expect(screens).toContain(general(JSON.stringify(findings[0], null, 2)))
  })

  test('done as it says, they are gone', async () => {
    const before = await checked(sandbox)
    for (const command of new Set(before.findings.map(({ command }) => command)))
      await typed(sandbox, ['sh', '-c', filledIn(command)])
    const after = await checked(sandbox, ['--fail-on', 'time,tools,personnel'])
    expect([ids(after), after.unseen, after.summary, after.done.status]).toEqual([[], [], 'in parity, 1 ignored', 0])
  })
})
