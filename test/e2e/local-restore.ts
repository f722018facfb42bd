import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Finished, Row, Sandbox } from '../sandbox/sandbox.ts'

/** Which database bears the name: the old one, whole, the new one, whole, or anything else. */
export type State = 'old' | 'new' | 'BROKEN'

type Ask = (sql: string) => Promise<Row[]>

export const live = 'acme_development'

/** Tells old from new by every row, sequence, index and constraint; made before anything happens, from the rows here and at Heroku. */
export async function makeOracle(sandbox: Sandbox, database = live): Promise<(name?: string) => Promise<State>> {
  const here = (name: string) => fingerprint((sql) => sandbox.local.querySuper(name, sql))
  const old = await here(database)
  const fresh = await fingerprint((sql) => sandbox.heroku.query('acme-production', sql))
  expect(old).not.toBe(fresh)
  return async (name = database) => {
    const now = await here(name).catch((error: Error) => error.message)
    return now === old ? 'old' : now === fresh ? 'new' : 'BROKEN'
  }
}

/** Every row of schema `public`, every sequence, index and constraint, alike on all releases of Postgres. */
export async function fingerprint(ask: Ask): Promise<string> {
  const tables = await ask(`
    SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'ar_internal_metadata' ORDER BY 1`)
  const rows = await ask(
    tables
      .map(
        ({ name }) =>
          `SELECT '${name}', count(*), md5(string_agg(t::text, ' ' ORDER BY t::text COLLATE "C")) FROM public.${name} t`,
      )
      .join(' UNION ALL '),
  )
  // Since Postgres 18 a NOT NULL is a constraint too, of type n.
  const [rest] = await ask(`
    SELECT (SELECT json_agg(s ORDER BY s.sequencename)
              FROM (SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public') s) AS sequences,
           (SELECT json_agg(indexrelid::regclass || ' ' || indisvalid ORDER BY indexrelid::regclass::text)
              FROM pg_index WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)) AS indexes,
           (SELECT json_agg(conname || ' ' || pg_get_constraintdef(oid) ORDER BY conname)
              FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n') AS constraints`)
  return JSON.stringify([rows, rest])
}

/** A role here that holds every load back in the middle, while it exists. */
const hold = 'hold_the_load'

/**
 * Makes production's backup one whose load `amidstLoad` can hold back: rows of `slow` wait when they are copied. With `milliseconds`
 * the load takes a while even when it is not held: they sleep so long each, and again when they are indexed.
 */
export async function slowDownProduction(sandbox: Sandbox, milliseconds = 0): Promise<void> {
  const nap = milliseconds > 0 ? `PERFORM pg_sleep(${milliseconds / 1000});` : ''
  await sandbox.heroku.query(
    'acme-production',
    `CREATE FUNCTION public.nap(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN ${nap} RETURN n; END $$;
     CREATE FUNCTION public.waits(n int) RETURNS int LANGUAGE plpgsql AS $$
       BEGIN
         ${nap}
         WHILE EXISTS (SELECT FROM pg_roles WHERE rolname = '${hold}') LOOP PERFORM pg_sleep(0.01); END LOOP;
         RETURN n;
       END $$;
     CREATE TABLE public.slow (n int CHECK (public.waits(n) > 0));
     INSERT INTO public.slow SELECT generate_series(1, 4);
     CREATE INDEX ON public.slow (public.nap(n));
     GRANT ALL ON public.slow TO public`,
  )
  await sandbox.heroku.backUp('acme-production')
}

/** A run that goes on. */
export type Running = {
  readonly pid: number
  /** All that it has said so far. */
  readonly said: () => string
  /** Waits for a line that begins so; fails when the run ends without it. */
  line(start: string): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** Its end. */
  readonly end: Promise<Finished>
}

export function begin(sandbox: Sandbox, command: readonly string[], env: Record<string, string> = {}): Running {
  const child = sandbox.spawn(command, { stdio: ['ignore', 'ignore', 'pipe'], env })
  let stderr = ''
  let over = false
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk
  })
  const end = once(child, 'close').then(([status, signal]) => {
    over = true
    return { status, signal, stdout: '', stderr } as Finished
  })
  return {
    pid: child.pid ?? 0,
    said: () => stderr,
    line: (start) =>
      until(`the line ${start}`, () => {
        if (`\n${stderr}`.includes(`\n${start}`)) return true
        if (over) throw new Error(`it ended without the line ${start}:\n${stderr}`)
        return false
      }),
    kill: (signal) => void child.kill(signal),
    end,
  }
}

/** Waits until something is so, asking again and again; two minutes at the most. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, pause = 3): Promise<void> {
  const deadline = Date.now() + 120_000
  for (;;) {
    const start = performance.now()
    if (await isSo()) return
    if (Date.now() > deadline) throw new Error(`never came: ${what}`)
    // What is costly to ask is asked less often: others need the processors.
    await delay(Math.max(pause, 2 * (performance.now() - start)))
  }
}

/** Begins a restore, holds its load back at a row of the table `slow`, lets `happens` happen, and lets the load go on. */
export async function amidstLoad<Begun>(
  sandbox: Sandbox,
  begins: () => Begun,
  happens: (begun: Begun) => unknown,
): Promise<Begun> {
  const held = `SELECT FROM pg_stat_activity WHERE application_name = 'parity load' AND wait_event = 'PgSleep'`
  await sandbox.local.querySuper('postgres', `DROP ROLE IF EXISTS ${hold}; CREATE ROLE ${hold}`)
  try {
    const begun = begins()
    await until('the middle of the load', async () => (await sandbox.local.querySuper('postgres', held)).length > 0)
    await happens(begun)
    return begun
  } finally {
    await sandbox.local.querySuper('postgres', `DROP ROLE ${hold}`)
  }
}

/** Whatever a restore must not leave: databases, sessions, locks, programs. Waits a little for what is just ending. */
export async function remains(sandbox: Sandbox): Promise<string[]> {
  let found: string[] = []
  const look = async () => {
    found = [
      ...(await sandbox.local.querySuper('postgres', left)).map(({ what }) => String(what)),
      ...programs(sandbox).map(({ line }) => line),
    ]
    return found.length === 0
  }
  await until('an empty list', look, 30).catch(() => {})
  return found
}

const left = `
  SELECT datname AS what FROM pg_database WHERE datname LIKE '%\\_\\_parity\\_%' AND datname NOT SIMILAR TO '%\\_(previous|snap\\_%)'
   UNION ALL SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'parity%'
   UNION ALL SELECT 'a lock' FROM pg_locks WHERE locktype = 'advisory'`

/** The pg_restore programs that run for this sandbox, with their parents. */
export function programs(sandbox: Sandbox): { pid: number; parent: number; line: string }[] {
  const { stdout } = spawnSync('ps', ['-axww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  return stdout.split('\n').flatMap((text) => {
    const [, pid, parent, line = ''] = text.match(/^\s*(\d+)\s+(\d+)\s+(.*)$/) ?? []
    const isOurs = line.includes('pg_restore') && line.includes(sandbox.folder)
    return isOurs ? [{ pid: Number(pid), parent: Number(parent), line }] : []
  })
}

/** Sends a signal to programs, of which some may have ended since they were listed. */
export function signalAll(programs: readonly { readonly pid: number }[], signal: NodeJS.Signals): void {
  for (const { pid } of programs) if (isAlive(pid)) process.kill(pid, signal)
}

/** Ends the developer's server as a power cut would: no checkpoint, no good-bye. It stays away until it is started. */
export async function crashServer(sandbox: Sandbox): Promise<void> {
  const [row] = await sandbox.local.querySuper('postgres', "SELECT current_setting('data_directory') AS folder")
  const pid = Number(readFileSync(`${row?.folder}/postmaster.pid`, 'utf8').split('\n')[0])
  process.kill(pid, 'SIGQUIT')
  await until('the end of the server', () => !isAlive(pid))
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Ends the sessions that bear such an application name (a pattern of LIKE), and says how many there were. */
export async function endSessions(sandbox: Sandbox, application: string): Promise<number> {
  const ended = await sandbox.local.querySuper(
    'postgres',
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '${application}'`,
  )
  return ended.length
}

/**
 * A way to the developer's server that gets cut, as soon as a message holds the last of `words` and others have held those before
 * it; that message still arrives (`after`) or not (`before`). New connections get through.
 */
export async function cuttingProxy(
  sandbox: Sandbox,
  words: readonly string[],
  when: 'before' | 'after',
): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>()
  const awaited = [...words]
  const server = createServer((client) => {
    const upstream = createConnection(sandbox.local.port, sandbox.local.host)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    upstream.on('data', (chunk) => client.write(chunk))
    upstream.on('close', () => client.destroy())
    client.on('close', () => upstream.end())
    client.on('data', (chunk) => {
      while (awaited.length > 1 && chunk.includes(awaited[0] ?? '')) awaited.shift()
      const isCut = awaited.length === 1 && chunk.includes(awaited[0] ?? '')
      if (!isCut || when === 'after') upstream.write(chunk)
      if (!isCut) return
      awaited.length = 0
      for (const socket of sockets) if (socket !== upstream) socket.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
