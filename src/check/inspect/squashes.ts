import type { Git } from '../../git/git.ts'
import type { Position } from '../facts.ts'
import { asDiff, changeOf } from './diffs.ts'

type Standing = Pick<Position, 'waiting' | 'ahead'>

/** The commits between which there is something to find: their merge base, what runs, and the tip of the branch. */
type Range = { readonly base: string; readonly sha: string; readonly tip: string }

/** Beyond these, a squash is not searched for: its diffs would be more to read than all the rest. */
const most = { files: 300, commits: 2000 }

/**
 * What waits and what is ahead where the commits that run came to the branch as one, with others in between: that one makes the same
 * change as all of them together. Where the branch has the same contents in all files that they touch, nothing is ahead either.
 */
export async function withoutSquashed(git: Git, standing: Standing, { base, sha, tip }: Range): Promise<Standing> {
  const [names, whole] = await Promise.all([
    git('diff', '-z', '--name-only', '--no-renames', base, sha),
    git('diff', ...asDiff, base, sha),
  ])
  const files = names.stdout.split('\0').filter(Boolean)
  if (files.length === 0 || files.length > most.files) return standing
  const places = files.map((file) => `:(top,literal)${file}`)
  const same = await git('diff', '--quiet', '--no-ext-diff', sha, tip, '--', ...places)
  const squash =
    standing.waiting.length > most.commits ? undefined : await squashOf(git, whole.stdout, { base, tip }, places)
  if (squash === undefined) return same.status === 0 ? { ...standing, ahead: [] } : standing
  return { waiting: standing.waiting.filter((commit) => commit.sha !== squash), ahead: [] }
}

async function squashOf(
  git: Git,
  whole: string,
  { base, tip }: Omit<Range, 'sha'>,
  places: readonly string[],
): Promise<string | undefined> {
  const wanted = changeOf(whole)
  const { stdout } = await git(
    ...['log', '--no-show-signature', '--no-merges', '--format=%x01%H', '--patch', '--full-diff', ...asDiff],
    ...[`${base}..${tip}`, '--', ...places],
  )
  return stdout
    .split('\u0001')
    .slice(1)
    .map((text) => ({ sha: text.slice(0, text.indexOf('\n')), diff: text.slice(text.indexOf('\n') + 1) }))
    .find(({ diff }) => changeOf(diff) === wanted)?.sha
}
