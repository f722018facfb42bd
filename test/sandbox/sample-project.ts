import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type App, appNames, release } from './apps.ts'
import { hooks } from './git-server.ts'
import { must } from './processes.ts'
import { deployedCommits, type SampleCommit, sampleCommits } from './sample-files.ts'

/** Makes the sample project, its `origin`, and the apps' repositories. */
export async function makeSampleProject(folder: string, env: Record<string, string>): Promise<void> {
  const git = (...args: string[]) => must(['git', ...args], { cwd: folder, env })
  await git('init', '--quiet', '--bare', '--initial-branch=main', 'origin.git')
  await must(['git', '-C', 'origin.git', 'fast-import', '--quiet'], { cwd: folder, env, input: history(sampleCommits) })
  await git('clone', '--quiet', 'origin.git', 'project')
  const commits = await commitsOf(folder, env)
  await Promise.all([addRemotes(folder, git), ...appNames.map((name) => makeRepository(folder, git, name, commits))])
}

/** The commits of the sample project's main, oldest first. */
export async function commitsOf(folder: string, env: Record<string, string>): Promise<string[]> {
  const list = await must(['git', '-C', 'origin.git', 'rev-list', '--reverse', 'main'], { cwd: folder, env })
  return list.trim().split('\n')
}

type Git = (...args: string[]) => Promise<string>

async function addRemotes(folder: string, git: Git): Promise<void> {
  for (const [remote, app] of [
    ['staging', 'acme-staging'],
    ['production', 'acme-production'],
  ] as const) {
    const url = `https://git.heroku.com/${app}.git`
    await git('-C', join(folder, 'project'), 'remote', 'add', remote, url)
  }
}

async function makeRepository(
  folder: string,
  git: Git,
  name: keyof typeof deployedCommits,
  commits: string[],
): Promise<void> {
  const repository = join(folder, 'repositories', `${name}.git`)
  await git('init', '--quiet', '--bare', '--initial-branch=main', repository)
  await git('-C', 'origin.git', 'push', '--quiet', repository, `${commits[deployedCommits[name] - 1]}:refs/heads/main`)
  await git('-C', repository, 'config', 'http.receivepack', 'true')
  await mkdir(join(repository, 'hooks'), { recursive: true })
  for (const [hook, script] of Object.entries(hooks)) {
    await writeFile(join(repository, 'hooks', hook), script)
    await chmod(join(repository, 'hooks', hook), 0o755)
  }
}

/** Gives the apps the releases that brought their commits, half a day after each was made. */
export function releaseHistory(app: App, commits: string[]): void {
  const first = sampleCommits[0]
  if (first === undefined) return
  release(app, 'Initial release', undefined, { at: daysAgo(first.daysAgo) })
  const deployed = sampleCommits.slice(0, deployedCommits[app.name as keyof typeof deployedCommits])
  deployed.forEach(({ daysAgo: age, author }, index) => {
    const commit = commits[index]
    const user = index % 3 === 0 ? 'dev@acme.test' : (author.match(/<(.*)>/)?.[1] ?? '')
    if (commit !== undefined) release(app, `Deploy ${commit.slice(0, 8)}`, commit, { user, at: daysAgo(age / 2) })
  })
}

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 86_400_000)
}

/** The history as `git fast-import` reads it. */
function history(commits: SampleCommit[]): string {
  const seen = new Set<string>()
  return commits
    .map(({ branch, daysAgo: age, author, message, files }) => {
      const when = `${Math.floor(daysAgo(age).getTime() / 1000)} +0000`
      const head = `commit refs/heads/${branch}\nauthor ${author} ${when}\ncommitter ${author} ${when}\n${data(message)}`
      const from = seen.has(branch) || branch === 'main' ? '' : 'from refs/heads/main\n'
      seen.add(branch)
      const changes = Object.entries(files).map(([path, text]) => `M ${mode(path)} inline ${path}\n${data(text)}`)
      return `${head}${from}${changes.join('')}`
    })
    .join('\n')
}

function mode(path: string): string {
  return path.startsWith('bin/') ? '100755' : '100644'
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}
