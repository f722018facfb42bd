import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { spawn } from '@lydell/node-pty'
import type { AppName, Sandbox } from '../sandbox/sandbox.ts'
import { until } from './local-restore.ts'

/** What an app's database holds: what it held at first, the rows it was to get, nothing at all, or anything else. */
export type State = 'old' | 'new' | 'empty' | 'BROKEN'

/** One app's database, watched. */
export type Watched = {
  /** Tells by every row, index and constraint. */
  readonly state: () => Promise<State>
  /** Makes it what it was at first. */
  readonly putBack: () => Promise<void>
}

type Ask = (sql: string) => Promise<Record<string, unknown>[]>

/** Watches the database of `app`, whose rows are made unlike all others; `fresh` asks the database whose rows it is to get. */
export async function watchDatabase(sandbox: Sandbox, app: AppName, fresh: Ask): Promise<Watched> {
  const ask: Ask = (sql) => sandbox.heroku.query(app, sql)
  const [name, kept] = [app.replaceAll('-', '_'), 'kept']
  await ask(`UPDATE articles SET title = 'of ${app}'`)
  const elsewhere: Ask = (sql) => sandbox.heroku.query(app === 'acme-demo' ? 'acme-staging' : 'acme-demo', sql)
  const copy = async (from: string, to: string) => {
    await elsewhere(`DROP DATABASE IF EXISTS ${to} WITH (FORCE)`)
    await elsewhere(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${from}'`)
    await elsewhere(`CREATE DATABASE ${to} TEMPLATE ${from} OWNER ${name}`)
  }
  await copy(name, kept)
  const old = await contents(ask)
  return {
    state: async () => {
      const now = await contents(ask).catch((error: Error) => error.message)
      if (now === old) return 'old'
      return now === '' ? 'empty' : now === (await contents(fresh)) ? 'new' : 'BROKEN'
    },
    putBack: () => copy(kept, name),
  }
}

/** All rows, indexes and constraints of the schema public in one text; '' where it has no table. */
async function contents(ask: Ask): Promise<string> {
  const tables = await ask(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1",
  )
  if (tables.length === 0) return ''
  const rows = tables.map(
    ({ name }) => `SELECT '${name}', count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM public.${name} t`,
  )
  const constraints = `
    SELECT conname, contype::text, conrelid::regclass::text FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace ORDER BY 1, 3`
  const indexes = `
    SELECT indexrelid::regclass::text, indisvalid FROM pg_index
     WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace) ORDER BY 1`
  return JSON.stringify([await ask(rows.join(' UNION ALL ')), await ask(constraints), await ask(indexes)])
}

/** Marks this moment; the function returned tells, in order, what was asked of Heroku since. */
export function story(sandbox: Sandbox): () => string[] {
  const from = sandbox.requests.length
  return () =>
    sandbox.requests
      .slice(from)
      .flatMap(({ method, path, headers }) => {
        const isParity = headers['user-agent']?.startsWith('heroku-parity/')
        if (isParity) return [path.endsWith('/transfers') ? 'look at backups' : 'look']
        const [, change] = /\/client\/v11\/databases\/[^/]+\/(backups|reset|restores)$/.exec(path) ?? []
        return change !== undefined && method !== 'GET' ? [change] : []
      })
      .filter((what, index, all) => what !== 'look' || all[index - 1] !== 'look') // one look can take several questions
}

/** Waits until Heroku was asked for something that destroys or makes; `answered` waits for the answer too. */
export function asked(sandbox: Sandbox, from: number, end: string, answered = false): Promise<void> {
  return until(`a request for ${end}`, () =>
    sandbox.requests
      .slice(from)
      .some(
        ({ method, path, status }) => method !== 'GET' && path.endsWith(end) && (!answered || status !== undefined),
      ),
  )
}

/**
 * Every command line of the sandbox's programs that is seen from now on, until the function returned is called (Linux). Programs of other
 * tests run beside it; ours are those whose environment names the sandbox's folder.
 */
export function watchCommandLines(sandbox: Sandbox): () => Promise<string[]> {
  const seen = new Set<string>()
  let looks = new Map<string, number>()
  const over = new AbortController()
  const watching = (async () => {
    while (!over.signal.aborted) {
      const before = looks
      looks = new Map()
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
        const count = before.get(pid) ?? 0
        looks.set(pid, Math.min(count + 1, enoughLooks))
        if (count === enoughLooks) continue
        const line = listOf(pid, 'cmdline')
        if (line !== '' && listOf(pid, 'environ').includes(sandbox.folder)) seen.add(line)
      }
      await delay(4)
    }
  })()
  return async () => {
    over.abort()
    await watching
    return [...seen]
  }
}

/** A process becomes another program soon after its start, or never. */
const enoughLooks = 40

export const hasProc = existsSync('/proc/self/cmdline')

/** What a process was started with, joined by spaces; empty where it has ended. */
function listOf(pid: string, what: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

/** What the Heroku CLI was called with, of all command lines seen, without those that only ask. */
export function herokuCalls(sandbox: Sandbox, lines: readonly string[]): string[] {
  const program = `${sandbox.folder}/cli/heroku `
  const calls = lines.flatMap((line) =>
    line.includes(program) ? [line.slice(line.indexOf(program) + program.length)] : [],
  )
  return [...new Set(calls)]
}

/** Waits until the process group of `pid` has no running process any more; its leader may have been killed. */
export function groupIsGone(pid: number): Promise<void> {
  return until('the end of its processes', () => {
    const { stdout } = spawnSync('ps', ['-axo', 'pgid=,stat='], { encoding: 'utf8' })
    return !stdout.split('\n').some((line) => new RegExp(`^\\s*${pid}\\s+[^Z]`).test(line))
  })
}

/**
 * Waits until no Heroku CLI runs in the sandbox any more, one that outlives parity goes on for a while, and until nothing is done at
 * Heroku's side for one that is gone.
 */
export function herokuIsDone(sandbox: Sandbox): Promise<void> {
  return until(
    'the end of heroku',
    () => {
      const { stdout } = spawnSync('ps', ['-axww', '-o', 'args='], { encoding: 'utf8' })
      // `bin/heroku` is a shell for a moment, and then the CLI.
      const runs = [`${sandbox.folder}/bin/heroku`, `${sandbox.folder}/cli/heroku`].some((file) =>
        stdout.includes(file),
      )
      return !runs && sandbox.requests.every(({ isOver }) => isOver)
    },
    50,
  )
}

/** Waits until nothing is captured or restored at Heroku any more. */
export function transfersAreOver(sandbox: Sandbox, app: AppName): Promise<void> {
  return until('the end of what Heroku does', () =>
    sandbox.heroku.backups(app).every(({ finished_at }) => finished_at !== null),
  )
}

/** A command in a terminal of its own, all that it wrote there, and its end: a status, or the number of a signal. */
export type Terminal = {
  readonly text: () => string
  /** Waits until that much of a text is there, then types. */
  answer(awaited: string, keys: string): Promise<void>
  /** Closes the terminal, as a lost connection does. */
  close(): void
  readonly end: Promise<{ status: number; signal: number | undefined }>
}

export function inTerminal(
  sandbox: Sandbox,
  [program = '', ...args]: readonly string[],
  env: Record<string, string> = {},
): Terminal {
  const options = { cwd: sandbox.project, env: { ...sandbox.env, ...env }, cols: 300 }
  const terminal = spawn(`${sandbox.folder}/bin/${program}`, args, options)
  let text = ''
  terminal.onData((part) => {
    text += part
  })
  return {
    text: () => text,
    answer: async (awaited, keys) => {
      await until(awaited, () => text.includes(awaited))
      terminal.write(keys)
    },
    close: () => (terminal as unknown as { destroy(): void }).destroy(),
    end: new Promise((resolve) =>
      terminal.onExit(({ exitCode, signal }) => resolve({ status: exitCode, signal: signal || undefined })),
    ),
  }
}
