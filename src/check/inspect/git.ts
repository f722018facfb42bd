import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { mainBranch } from '../../git/branches.ts'
import { type Git, gitIn } from '../../git/git.ts'
import type { Files, GitFacts, Position } from '../facts.ts'
import { isMigration, toolFiles } from './files.ts'
import { compare, logFormat, type Marked, readCommits } from './log.ts'

/** What git is asked about one environment. */
export type Running = {
  readonly name: string
  /** The commit that runs there. */
  readonly sha: string
  /** The commits that were deployed there, oldest first, and the one that ran before the window. */
  readonly shipped: readonly string[]
}

/** The main branch and the shape of this clone; undefined where there is no main branch. Fetches nothing. */
export async function readClone(root: string): Promise<Omit<GitFacts, 'history' | 'positions'> | undefined> {
  const git = gitIn(root)
  const [branch, fetchedAt, shallow, remotes] = await Promise.all([
    mainBranch(git).catch(() => undefined),
    lastFetch(git, root),
    git('rev-parse', '--is-shallow-repository'),
    git('remote'),
  ])
  // A checkout of CI may have no branch at all, but that of its remote.
  const names = branch === undefined ? ['main', 'master'] : [branch]
  const main = await firstOf(git, [...names.map((name) => `origin/${name}`), ...names])
  return (
    main && { main, fetchedAt, shallow: shallow.stdout === 'true', remotes: remotes.stdout.split('\n').filter(Boolean) }
  )
}

/** Every fetch writes FETCH_HEAD; a clone does not. */
async function lastFetch(git: Git, root: string): Promise<Date | undefined> {
  const { stdout } = await git('rev-parse', '--git-path', 'FETCH_HEAD')
  return stat(resolve(root, stdout)).then(
    ({ mtime }) => mtime,
    () => undefined,
  )
}

async function firstOf(git: Git, refs: readonly string[]): Promise<GitFacts['main'] | undefined> {
  const commits = await Promise.all(refs.map((ref) => git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`)))
  const found = commits.findIndex(({ status }) => status === 0)
  return found < 0 ? undefined : { ref: refs[found] ?? '', sha: commits[found]?.stdout ?? '' }
}

/** The whole SHAs of commits, by the (perhaps abbreviated) ones given; nothing for those that are not in this clone. */
export async function resolveCommits(root: string, commits: readonly string[]): Promise<Map<string, string>> {
  const names = [...new Set(commits)]
  if (names.length === 0) return new Map()
  const objects = names.map((name) => `${name}^{commit}`)
  const git = gitIn(root)
  // One call for the usual case that all are known; else one for each.
  const all = await git('rev-parse', ...objects)
  if (all.status === 0) return new Map(all.stdout.split('\n').map((sha, index) => [names[index] ?? '', sha]))
  const each = await Promise.all(objects.map((object) => git('rev-parse', '--verify', '--quiet', object)))
  return new Map(each.flatMap(({ status, stdout }, index) => (status === 0 ? [[names[index] ?? '', stdout]] : [])))
}

/** Where each environment stands against main. Every commit has to be known here. */
export async function readPositions(root: string, main: string, running: readonly Running[]) {
  const git = gitIn(root)
  const [histories, positions] = await Promise.all([
    Promise.all(running.map(({ shipped }) => readHistory(git, shipped))),
    Promise.all(running.map(async ({ name, sha }) => [name, await readPosition(git, main, sha)] as const)),
  ])
  return {
    history: new Map(histories.flat().map(({ commit }) => [commit.sha, commit])),
    positions: new Map(positions),
  }
}

/** What was shipped since the first of these commits, itself included. */
async function readHistory(git: Git, [first, ...shipped]: readonly string[]): Promise<Marked[]> {
  if (first === undefined) return []
  const { stdout } = await git(
    'log',
    '--no-show-signature',
    '--no-color',
    '--max-count=20000',
    logFormat,
    first,
    ...new Set(shipped),
    '--not',
    `${first}^@`,
  )
  return readCommits(stdout)
}

async function readPosition(git: Git, main: string, sha: string): Promise<Position> {
  const [log, tip, added, files] = await Promise.all([
    git(
      'log',
      '--no-show-signature',
      '--no-color',
      '--topo-order',
      '--left-right',
      '--cherry-mark',
      logFormat,
      `${sha}...${main}`,
    ),
    git('rev-parse', `${sha}^{tree}`),
    git('diff', '--name-only', '--diff-filter=A', '--no-renames', sha, main),
    readToolFiles(git, sha),
  ])
  return {
    sha,
    ...compare(readCommits(log.stdout), sha, tip.stdout),
    migrations: added.stdout.split('\n').filter(isMigration),
    files,
  }
}

/** The files about tools in a commit, in one call: each line of them comes as `SHA:PATH NUL LINE`. */
async function readToolFiles(git: Git, sha: string): Promise<Files> {
  const { stdout } = await git(
    'grep',
    '--no-color',
    '--no-line-number',
    '--no-column',
    '--null',
    '--full-name',
    '-I',
    '-e',
    '',
    sha,
    '--',
    ...toolFiles.map((file) => `:(top)${file}`),
  )
  const files: Record<string, string> = {}
  for (const line of stdout.split('\n')) {
    const [place = '', text] = line.split('\0')
    const path = place.slice(sha.length + 1)
    if (text !== undefined) files[path] = `${files[path] ?? ''}${text}\n`
  }
  return files
}
