import { readFile, stat } from 'node:fs/promises'
import { posix, resolve } from 'node:path'
import { type Git, gitIn } from '../../git/git.ts'
import type { Commit, Files, GitFacts, Position } from '../facts.ts'
import { readMain } from './branches.ts'
import { isMigration, toolFiles } from './files.ts'
import { compare, logFormat, type Marked, readCommits } from './log.ts'
import { withoutReverted } from './reverts.ts'
import { withoutSquashed } from './squashes.ts'

/** What git is asked about one environment. */
export type Running = {
  readonly name: string
  /** The commit that runs there; undefined where it is not in this clone. */
  readonly sha: string | undefined
  /** The commits that were deployed there, oldest first, and the one that ran before the window. */
  readonly shipped: readonly string[]
  /** The branch that its code comes from. */
  readonly branch: Branch
  /** Where the app is in the repository; undefined for the root. */
  readonly folder: string | undefined
}

type Branch = GitFacts['main']

/** What a clone is, whatever runs elsewhere. */
export type Clone = Pick<GitFacts, 'main' | 'fetchedAt' | 'shallow' | 'remotes'> & {
  /** The commits of a shallow clone whose parents it does not have. */
  readonly boundary: ReadonlySet<string>
}

/** The main branch and the shape of this clone; undefined where there is no main branch. Fetches nothing. */
export async function readClone(root: string): Promise<Clone | undefined> {
  const git = gitIn(root)
  const [[fetchedAt, boundary], remotes] = await Promise.all([
    git('rev-parse', '--git-path', 'FETCH_HEAD', '--git-path', 'shallow').then(({ stdout }) => {
      const [fetchHead = '', shallow = ''] = stdout.split('\n').map((path) => resolve(root, path))
      return Promise.all([lastFetch(fetchHead), readBoundary(shallow)])
    }),
    git('remote').then(({ stdout }) => stdout.split('\n').filter(Boolean)),
  ])
  const main = await readMain(git, remotes)
  return main && { main, fetchedAt, shallow: boundary.size > 0, boundary, remotes }
}

/** The file `shallow` of a repository lists them: https://git-scm.com/docs/shallow */
async function readBoundary(file: string): Promise<ReadonlySet<string>> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return new Set(text.split('\n').filter(Boolean))
}

/** Every fetch writes FETCH_HEAD; a clone does not. */
async function lastFetch(file: string): Promise<Date | undefined> {
  return stat(file).then(
    ({ mtime }) => mtime,
    () => undefined,
  )
}

/**
 * The whole SHAs of commits, by the (perhaps abbreviated) ones given; nothing for those that are not in this clone, nor for an
 * abbreviation that is ambiguous or the name of a branch or tag.
 */
export async function resolveCommits(root: string, commits: readonly string[]): Promise<Map<string, string>> {
  const names = [...new Set(commits)]
  if (names.length === 0) return new Map()
  const objects = names.map((name) => `${name}^{commit}`)
  const git = gitIn(root)
  // One call for the usual case that all are known; else one for each.
  const all = await git('rev-parse', ...objects)
  const found =
    all.status === 0
      ? all.stdout.split('\n')
      : await Promise.all(objects.map(async (object) => (await git('rev-parse', '--verify', '--quiet', object)).stdout))
  return new Map(
    names.flatMap((name, index) => {
      const sha = found[index] ?? ''
      return sha.startsWith(name) ? [[name, sha] as const] : []
    }),
  )
}

/** The addresses that `.mailmap` says are others, in lower case. */
export async function readMailmap(root: string, emails: readonly string[]): Promise<Map<string, string>> {
  const asked = [...new Set(emails.map((email) => email.toLowerCase()))].filter((email) =>
    /^[^<>\s]+@[^<>\s]+$/.test(email),
  )
  // As many as an argument list can hold by any means.
  const some = asked.slice(0, 1000)
  if (some.length === 0) return new Map()
  const { status, stdout } = await gitIn(root)('check-mailmap', ...some.map((email) => `<${email}>`))
  const answers = status === 0 ? stdout.split('\n') : []
  return new Map(
    some.flatMap((email, index) => {
      const other = /<([^<>]+)>$/.exec(answers[index] ?? '')?.[1]?.toLowerCase()
      return other === undefined || other === email ? [] : [[email, other] as const]
    }),
  )
}

/** Where each environment stands against its branch, and what was shipped to it. */
export async function readPositions(root: string, running: readonly Running[], boundary: ReadonlySet<string>) {
  const git = gitIn(root)
  const [histories, positions] = await Promise.all([
    Promise.all(running.map(({ shipped }) => readHistory(git, shipped))),
    Promise.all(
      running.map(({ sha, branch, folder }) =>
        sha === undefined ? undefined : readPosition(git, branch, sha, boundary, folder),
      ),
    ),
  ])
  const isCut = (history: readonly Marked[], { shipped: [first] }: Running) =>
    history.length > mostCommits || history.some(({ commit: { sha } }) => sha !== first && boundary.has(sha))
  return {
    history: new Map(histories.flat().map(({ commit }) => [commit.sha, commit])),
    cut: new Set(running.flatMap((one, index) => (isCut(histories[index] ?? [], one) ? [one.name] : []))),
    positions: new Map(running.map(({ name }, index) => [name, positions[index]] as const)),
  }
}

/** More commits than these within 90 days are not read. */
export const mostCommits = 50_000

/** What was shipped since the first of these commits, itself included. */
async function readHistory(git: Git, [first, ...shipped]: readonly string[]): Promise<Marked[]> {
  if (first === undefined) return []
  const { stdout } = await git(
    'log',
    '--no-show-signature',
    '--no-color',
    `--max-count=${mostCommits + 1}`,
    logFormat,
    first,
    ...new Set(shipped),
    '--not',
    `${first}^@`,
  )
  return readCommits(stdout)
}

/**
 * Where a commit stands against a branch's; both have to be in this clone. `unrelated`: there is no common history. `cut`: this shallow
 * clone, which ends at `boundary`, ends before it. Of a monorepo only what changes `folder` counts, and a commit that is that folder
 * alone, as `git subtree push` makes it, stands where the branch last had the same files there.
 */
export async function readPosition(
  git: Git,
  { ref, sha: tip }: Branch,
  sha: string,
  boundary: ReadonlySet<string>,
  folder = '',
): Promise<Position | 'unrelated' | 'cut'> {
  const prefix = prefixOf(folder)
  const [base, log, tree, added, files, touching] = await Promise.all([
    git('merge-base', sha, tip),
    git(
      'log',
      '--no-show-signature',
      '--no-color',
      '--topo-order',
      '--left-right',
      '--cherry-mark',
      logFormat,
      `${sha}...${tip}`,
    ),
    git('rev-parse', `${sha}^{tree}`),
    git('diff', '-z', '--name-only', '--diff-filter=A', '--no-renames', sha, tip),
    readToolFiles(git, sha, prefix),
    prefix === '' ? undefined : commitsOf(git, `${sha}...${tip}`, prefix),
  ])
  const commits = readCommits(log.stdout)
  if (commits.some(({ commit }) => boundary.has(commit.sha))) return 'cut'
  if (base.status !== 0) {
    const twin = prefix === '' ? undefined : await subtreeTwin(git, tree.stdout, tip, prefix)
    const there = twin === undefined ? 'unrelated' : await readPosition(git, { ref, sha: tip }, twin, boundary, folder)
    return typeof there === 'string' ? there : { ...there, sha, files: await readToolFiles(git, sha, '') }
  }
  const whole = compare(commits, { sha, tree: tree.stdout, tip })
  const inFolder = (commit: Commit) => touching === undefined || touching.has(commit.sha)
  const standing = { waiting: whole.waiting.filter(inFolder), ahead: whole.ahead.filter(inFolder) }
  const known =
    standing.ahead.length > 0 ? await withoutSquashed(git, standing, { base: base.stdout, sha, tip }) : standing
  const waiting = await withoutReverted(git, known.waiting)
  const isNew = (file: string) => file.startsWith(prefix) && isMigration(file)
  return {
    sha,
    ref,
    waiting,
    ahead: known.ahead,
    migrations: waiting.length > 0 ? added.stdout.split('\0').filter(isNew) : [],
    files,
  }
}

/** `shop/` of `./shop`, and nothing of the root. */
function prefixOf(folder: string): string {
  return posix.join('/', folder, '/').slice(1)
}

/** The commits of a range that change the folder of such a prefix. */
async function commitsOf(git: Git, range: string, prefix: string): Promise<Set<string>> {
  const { stdout } = await git('rev-list', '--full-history', range, '--', `:(top,literal)${prefix}`)
  return new Set(stdout.split('\n'))
}

/** As many changes of a folder are looked through for the one that a subtree was pushed of. */
const mostTwins = 1000

/** The newest commit of the branch whose folder has these files. */
async function subtreeTwin(git: Git, tree: string, tip: string, prefix: string): Promise<string | undefined> {
  const changes = await git('rev-list', `--max-count=${mostTwins}`, tip, '--', `:(top,literal)${prefix}`)
  const shas = changes.stdout.split('\n').filter(Boolean)
  const trees = await git('rev-parse', ...shas.map((sha) => `${sha}:${prefix}`))
  return trees.status === 0 ? shas[trees.stdout.split('\n').indexOf(tree)] : undefined
}

/** The files about tools in a folder of a commit, in one call: each line of them comes as `SHA:PATH NUL LINE`. */
async function readToolFiles(git: Git, sha: string, prefix: string): Promise<Files> {
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
    ...toolFiles.map((file) => `:(top)${prefix}${file}`),
  )
  const files: Record<string, string> = {}
  for (const line of stdout.split('\n')) {
    const [place = '', text] = line.split('\0')
    const path = place.slice(sha.length + 1 + prefix.length)
    if (text !== undefined) files[path] = `${files[path] ?? ''}${text}\n`
  }
  return files
}
