import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { makeCopy } from '../../databases/copy.ts'
import type { HeldTarget } from '../../databases/inspect.ts'
import { derivedName, parseMark, pristineKind } from '../../databases/names.ts'
import type { Snapshot } from '../../databases/ours.ts'
import { ensureServerSpace } from '../../databases/server-space.ts'
import type { Project } from '../../environments/environments.ts'
import { gitIn } from '../../git/git.ts'
import { type DatabaseFacts, readDatabase, type ServerFacts } from '../../postgres/catalog.ts'
import type { Reporter } from '../../terminal/reporter.ts'
import type { Source } from '../facts.ts'

/** Everything that decides what a restore comes to. */
type Shape = {
  readonly project: Pick<Project, 'root' | 'inGit' | 'configuration'>
  readonly source: Source
  readonly server: ServerFacts
  /** Words of the command line that change what is loaded, as they were typed. */
  readonly words: readonly string[]
}

/**
 * A hash of everything that decides what a restore comes to: two restores of one key have one outcome. undefined where that can't be
 * known: the dump comes from a URL, or commands of the project run on the database and the project is not in git.
 */
export async function pristineKey({ project, source, server, words }: Shape): Promise<string | undefined> {
  const identity = await identityOf(source)
  const settings = shapingSettings(project)
  const state = settings.after?.length ? await projectState(project) : ''
  if (identity === undefined || state === undefined) return undefined
  const everything = {
    parity: PARITY_VERSION,
    identity,
    settings,
    words,
    files: await namedFiles(project.root, settings),
    state,
    role: server.role,
    extensions: server.extensions,
  }
  return createHash('sha256').update(JSON.stringify(everything)).digest('hex')
}

type Settings = NonNullable<Project['configuration']['restore']>

/** The configuration of restores but for what only says how fast, or what is kept and told. A setting made later counts until it is named here. */
function shapingSettings({ configuration }: Shape['project']): Settings {
  const { keep, jobs, warnAfter, pristine, ...shaping } = configuration.restore ?? {}
  return shaping
}

/** What distinguishes a source from every other one: the id of a backup is unique only while its app lives. undefined where nothing does, before it is here. */
async function identityOf(source: Source): Promise<unknown> {
  if (source.kind === 'backup') return source.backup.uuid
  if (source.from) return undefined
  const { size, mtimeMs } = await stat(source.file)
  return [source.file, size, mtimeMs]
}

/** The files that the settings name anywhere, each with a hash of what is in it: rules in SQL, scripts, programs of the project. */
async function namedFiles(root: string, settings: Settings): Promise<[name: string, hash: string][]> {
  const names = new Set(wordsIn(settings))
  const files = await Promise.all([...names].map(async (name) => ({ name, hash: await hashOf(resolve(root, name)) })))
  return files.flatMap(({ name, hash }) => (hash === undefined ? [] : [[name, hash]]))
}

function wordsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value, ...value.split(/\s+/)].filter(Boolean)
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(wordsIn) : []
}

async function hashOf(file: string): Promise<string | undefined> {
  const text = await readFile(file).catch(() => undefined)
  return text && createHash('sha256').update(text).digest('hex')
}

/**
 * What a command of the project (`bin/rails db:migrate`) can read of it: the commit, and every file that differs from it or is new,
 * by size and time. undefined outside a git repository.
 */
async function projectState({ root, inGit }: Shape['project']): Promise<unknown> {
  if (!inGit) return undefined
  const ask = gitIn(root)
  const git = async (...args: string[]) => (await ask(...args)).stdout
  const [commit, changed, untracked] = await Promise.all([
    git('rev-parse', '--verify', '--quiet', 'HEAD'),
    git('diff', '--name-only', '-z', '--no-renames', '--relative', 'HEAD'),
    git('ls-files', '--others', '--exclude-standard', '-z'),
  ])
  const paths = [...changed.split('\0'), ...untracked.split('\0')].filter(Boolean).sort()
  return [commit, await Promise.all(paths.map(async (path) => [path, await traceOf(join(root, path))]))]
}

async function traceOf(file: string): Promise<unknown> {
  return stat(file).then(
    ({ size, mtimeMs }) => [size, mtimeMs],
    () => 'gone',
  )
}

/** The pristine snapshot of that key, if it can stand in for a load: a database in the place of `target` must sort as that one does. */
export function findPristine(
  snapshots: readonly Snapshot[],
  key: string | undefined,
  target: DatabaseFacts | undefined,
): Snapshot | undefined {
  const found = snapshots.find(({ name, mark }) => name === pristineKind.snapshot && mark.key === key)
  if (!found || key === undefined) return undefined
  return target === undefined || isLike(found.database, target) ? found : undefined
}

function isLike(database: DatabaseFacts, target: DatabaseFacts): boolean {
  const facts = ['collate', 'ctype', 'localeProvider', 'locale', 'icuRules', 'tablespace'] as const
  return facts.every((fact) => database[fact] === target[fact])
}

/** Keeps the incoming database as the pristine snapshot. Only a convenience: what goes wrong here is told, and the restore goes on. */
export async function keepPristine(
  held: HeldTarget,
  key: string | undefined,
  source: string,
  signal: AbortSignal,
  reporter: Reporter,
): Promise<void> {
  const { names, server, database } = held.facts
  const incoming = await readDatabase(held.session, names.incoming)
  if (!incoming || key === undefined) return
  const { missing } = parseMark(incoming.comment) ?? {}
  const copy = {
    from: names.incoming,
    to: derivedName(names.target, pristineKind),
    mark: {
      madeBy: 'parity',
      target: names.target,
      kind: pristineKind,
      createdAt: held.facts.now.toISOString(),
      source,
      key,
      ...(missing ? { missing } : {}),
    },
    like: database ?? incoming,
    endSessions: true,
  } as const
  try {
    await ensureServerSpace(server, incoming.size ?? 0)
    await makeCopy(held, copy, signal, reporter)
  } catch (error) {
    signal.throwIfAborted()
    reporter.aside(`no pristine copy was kept: ${error instanceof Error ? error.message : String(error)}`)
  }
}
