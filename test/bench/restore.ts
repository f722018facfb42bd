import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { postgresPrograms } from '../sandbox/postgres-programs.ts'
import { type Sandbox, startSandbox, withLocalServer } from '../sandbox/sandbox.ts'
import { median } from './pairs.ts'

/** Rows that make a dump of a little more than 100 MB. */
const rows = Number(process.env.BENCH_ROWS ?? 1_000_000)

/** Bytes a second of a slow line. */
const slowLine = 8 * 1024 * 1024

const app = 'acme-production'

/**
 * Seconds that each way took, in one round: ours to the commit of the swap without ANALYZE, and to its end; and the least that both would
 * be if loading took no more than pg_restore does from a file that is all here.
 */
type Round = {
  download: number
  load: number
  ours: number
  whole: number
  least: number
  leastWhole: number
  again: number
  gem: number
}

/**
 * Measures a local restore of a large backup against its two halves done alone and against the gem's sequence, unthrottled and on a
 * slow line, with its rows in two tables and in ten. All of them take turns, `rounds` times; medians are printed.
 */
export async function measureRestore(rounds: number): Promise<void> {
  const whole = await startSandbox({ rows, onDisk: true })
  try {
    // Without a write-ahead log, as servers run in tests, Postgres saves a plain pg_restore work that it saves no other.
    const sandbox = await withLocalServer(whole, 'as-installed', {
      programs: postgresPrograms(),
      settings: 'as installed',
    })
    await measureLines(sandbox, rounds, 'two tables')
    await intoTenTables(sandbox)
    await measureLines(sandbox, rounds, 'ten tables')
    await sandbox.stop()
  } finally {
    await whole.stop()
  }
}

async function measureLines(sandbox: Sandbox, rounds: number, tables: string): Promise<void> {
  const bytes = sandbox.heroku.backups(app).at(-1)?.processed_bytes ?? 0
  console.log(`\nA restore of ${(bytes / 2 ** 20).toFixed(0)} MB in ${tables}, medians of ${rounds} rounds, seconds`)
  tell('unthrottled', await measure(sandbox, rounds))
  const undo = sandbox.misbehave({ path: '/storage/', action: { kind: 'throttle', bytesPerSecond: slowLine } })
  tell('8 MB/s', await measure(sandbox, rounds))
  undo()
}

/** The same rows, and a new backup of them. */
async function intoTenTables(sandbox: Sandbox): Promise<void> {
  const parts = ['articles', 'events'].flatMap((table) =>
    [0, 1, 2, 3, 4].map(
      (part) => `
        CREATE TABLE ${table}_${part} (LIKE ${table} INCLUDING ALL);
        INSERT INTO ${table}_${part} SELECT * FROM ${table} WHERE id % 5 = ${part};`,
    ),
  )
  await sandbox.heroku.query(app, `${parts.join('')} TRUNCATE articles, events`)
  await sandbox.heroku.backUp(app)
}

async function measure(sandbox: Sandbox, count: number): Promise<Round[]> {
  const rounds: Round[] = []
  for (let number = 0; number < count; number += 1) {
    const dump = join(sandbox.folder, 'home', 'bench.dump')
    const download = await downloadAlone(sandbox, dump)
    const load = await loadAlone(sandbox, dump)
    const cache = join(sandbox.folder, 'home', 'bench-cache')
    const { commit: ours, whole } = await ourRestore(sandbox, cache, false)
    const { commit: least, whole: leastWhole } = await leastRestore(sandbox, dump)
    await ourRestore(sandbox, cache, true)
    const { commit: again } = await ourRestore(sandbox, cache, true)
    rmSync(cache, { recursive: true })
    rounds.push({ download, load, ours, whole, least, leastWhole, again, gem: await gemSequence(sandbox) })
  }
  return rounds
}

/** What a browser would take for the file. */
async function downloadAlone(sandbox: Sandbox, file: string): Promise<number> {
  const url = await signedUrl(sandbox)
  return seconds(() => fetchFile(sandbox, url, file))
}

async function signedUrl(sandbox: Sandbox): Promise<string> {
  return (await succeed(sandbox, ['heroku', 'pg:backups:url', '--app', app])).trim()
}

function fetchFile(sandbox: Sandbox, url: string, file: string): Promise<string> {
  return succeed(sandbox, ['curl', '--silent', '--fail', '--output', file, url])
}

/** What pg_restore takes for the file, into a database that is there. Heroku's own furniture makes it complain. */
async function loadAlone(sandbox: Sandbox, file: string): Promise<number> {
  await createBench(sandbox)
  const taken = await seconds(() => plainLoad(sandbox, file))
  await sandbox.local.querySuper('postgres', 'DROP DATABASE bench WITH (FORCE)')
  return taken
}

async function createBench(sandbox: Sandbox): Promise<void> {
  await sandbox.local.querySuper('postgres', 'DROP DATABASE IF EXISTS bench WITH (FORCE)')
  await sandbox.local.query('postgres', 'CREATE DATABASE bench TEMPLATE template0')
  await sandbox.local.query('bench', 'CREATE SCHEMA heroku_ext')
}

function plainLoad(sandbox: Sandbox, file: string): Promise<unknown> {
  const words = ['pg_restore', '--jobs', '2', '--no-owner', '--no-privileges', '--dbname', 'bench', file]
  return sandbox.run(words, { env: here(sandbox) })
}

/**
 * The parts of a restore that nothing can leave out, one after the other: all is read and decided, a new database is loaded while the dump
 * arrives, here by a plain pg_restore of the whole file, and renamed; then ANALYZE, and the database before is dropped.
 */
async function leastRestore(sandbox: Sandbox, file: string): Promise<{ commit: number; whole: number }> {
  const url = await signedUrl(sandbox)
  const commit = await seconds(async () => {
    await succeed(sandbox, ['development', 'restore', 'production', '--dry-run', '--no-pristine'])
    await createBench(sandbox)
    await Promise.all([plainLoad(sandbox, file), fetchFile(sandbox, url, `${file}.again`)])
    await sandbox.local.query('postgres', 'ALTER DATABASE bench RENAME TO bench_least')
  })
  const after = await seconds(async () => {
    await sandbox.run(['vacuumdb', '--analyze-only', '--jobs', '2', 'bench_least'], { env: here(sandbox) })
    await sandbox.local.querySuper('postgres', 'DROP DATABASE bench_least WITH (FORCE)')
  })
  return { commit, whole: commit + after }
}

/**
 * To the commit of the swap, without the ANALYZE that comes after the load, by the lines that it says; and to its end. With `pristine`,
 * from the snapshot if there is one.
 */
async function ourRestore(
  sandbox: Sandbox,
  cache: string,
  pristine: boolean,
): Promise<{ commit: number; whole: number }> {
  writeFileSync(join(sandbox.project, '.parityrc'), `restore: { pristine: ${pristine} }\n`)
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  const start = performance.now()
  const lines = await linesWithTimes(sandbox, ['development', 'restore', 'production', '--no-keep'], {
    XDG_CACHE_HOME: cache,
  })
  const at = (stage: string) => lines.find(({ line }) => line.startsWith(stage))?.time ?? Number.NaN
  const analyzing = Number.isNaN(at('analyze: ')) ? 0 : at('swap, ') - at('analyze: ')
  return { commit: (at('tidy: ') - start - analyzing) / 1000, whole: (performance.now() - start) / 1000 }
}

function linesWithTimes(
  sandbox: Sandbox,
  command: readonly string[],
  env: Record<string, string>,
): Promise<{ line: string; time: number }[]> {
  return new Promise((resolve, reject) => {
    const lines: { line: string; time: number }[] = []
    const child = sandbox.spawn(command, { stdio: ['ignore', 'ignore', 'pipe'], env })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) lines.push({ line, time: performance.now() })
    })
    child.once('close', (status) => {
      if (status === 0) resolve(lines)
      else reject(new Error(`it ended with ${status}:\n${lines.map(({ line }) => line).join('\n')}`))
    })
  })
}

/** What parity the gem does with `--parallelize` on two cores. */
async function gemSequence(sandbox: Sandbox): Promise<number> {
  const script = `
    curl --silent --fail --output latest.backup "$(heroku pg:backups:url --app ${app})" &&
    dropdb --if-exists bench_gem && createdb bench_gem && psql --quiet bench_gem -c 'CREATE SCHEMA IF NOT EXISTS heroku_ext'
    pg_restore latest.backup --verbose --no-acl --no-owner --dbname bench_gem --jobs=2 2>/dev/null
    rm latest.backup
    psql --quiet bench_gem -c "UPDATE ar_internal_metadata SET value = 'development' WHERE key = 'environment'"`
  const taken = await seconds(() => sandbox.run(['sh', '-c', script], { env: here(sandbox) }))
  await sandbox.local.querySuper('postgres', 'DROP DATABASE bench_gem WITH (FORCE)')
  return taken
}

function here({ local, env }: Sandbox): Record<string, string> {
  return {
    PGHOST: local.host,
    PGPORT: String(local.port),
    PGUSER: local.user,
    PATH: `${postgresPrograms()}:${env.PATH}`,
  }
}

async function succeed(sandbox: Sandbox, words: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await sandbox.run(words)
  if (status !== 0) throw new Error(`${words[0]} ended with ${status}: ${stderr}`)
  return stdout
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

function tell(line: string, rounds: readonly Round[]): void {
  const of = (way: (round: Round) => number) => median(rounds.map(way))
  const ratio = (part: 'ours' | 'whole' | 'least' | 'leastWhole') =>
    of((round) => round[part] / Math.max(round.download, round.load)).toFixed(2)
  const times = (['download', 'load', 'ours', 'whole', 'again', 'gem'] as const).map(
    (way) => `${way} ${of((round) => round[way]).toFixed(1)}`,
  )
  console.log(
    `${line.padEnd(12)} ${times.join('   ')}   by the larger half: ours ${ratio('ours')} (budget ≤ 1.15; the least ${ratio('least')}), whole ${ratio('whole')} (≤ 1.25; ${ratio('leastWhole')})`,
  )
}
