import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { rarely } from '../often.ts'
import { projectRoot } from '../sandbox/project-root.ts'
import { until } from './local-restore.ts'

/** What a newcomer types first: `npm run sandbox`, alone and with a command. */

type Ended = { status: number | null; stdout: string; stderr: string }

/** Runs `npm run sandbox`, without a terminal, to its end, and sees to it that nothing is left. */
async function sandbox(...command: string[]): Promise<Ended> {
  const args = ['run', '--silent', 'sandbox', ...(command.length > 0 ? ['--', ...command] : [])]
  const child = spawn('npm', args, { cwd: projectRoot(), stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (part: Buffer) => {
      output[name] += part
    })
  const end = once(child, 'close')
  const folder = await folderOf(child)
  const [status] = await end
  await until('the end of all its processes', () => !processes().some(({ line }) => line.includes(folder)), 50)
  expect(existsSync(folder)).toBe(false)
  return { status, ...output }
}

/** The sandbox's folder, which its Postgres servers name. */
async function folderOf(child: ChildProcess): Promise<string> {
  let folder: string | undefined
  await until(
    'a Postgres server',
    () => {
      const all = processes()
      const isOurs = (parent: number): boolean =>
        parent === child.pid || all.some(({ pid, parent: above }) => pid === parent && above !== pid && isOurs(above))
      const server = all.find(({ line, parent }) => / -D \S+\/heroku /.test(line) && isOurs(parent))
      folder = / -D (\S+)\/heroku /.exec(server?.line ?? '')?.[1]
      return folder !== undefined
    },
    50,
  )
  return folder ?? ''
}

function processes(): { pid: number; parent: number; line: string }[] {
  const { stdout } = spawnSync('ps', ['-axww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  return stdout.split('\n').flatMap((text) => {
    const [, pid, parent, line = ''] = text.match(/^\s*(\d+)\s+(\d+)\s+(.*)$/) ?? []
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), line }]
  })
}

const starting = 'starting the sandbox: two Postgres servers, a stand-in for Heroku, a sample project …\n'

describe('npm run sandbox --', () => {
  rarely('one command after the other, whose status passes through', async () => {
    const commands = 'production ps && staging restore production && production migrate && exit 7'
    const { status, stdout, stderr } = await sandbox('sh', '-c', commands)
    expect([status, stderr.startsWith(starting)]).toEqual([7, true])
    expect(stdout).toContain('web.1: up')
    expect(stderr).toMatch(/^restoring production: backup b001 of acme-production, 3 hours old, \d+ kB$/m)
    expect(stderr).toContain('Restoring... done\n')
    expect(stdout).toContain('== 20250101000000 AddSummaryToArticles: migrated')
    expect(stderr).toContain('Restarting all dynos on acme-production... done\n')
  })

  rarely('a program that is not there', async () => {
    const stderr = `${starting}\`no-such-program\` is not on the sandbox's PATH\n`
    expect(await sandbox('no-such-program')).toEqual({ status: 127, stdout: '', stderr })
  })
})

test('alone, without a terminal, it plays the tour to a good end', { timeout: 300_000 }, async () => {
  const { status, stdout } = await sandbox()
  expect(stdout).not.toContain('\nfailed:\n')
  expect(status).toBe(0)
  const [, ...scenes] = stdout.split(/^\$ /m)
  const shown = (line: string) => scenes.filter((scene) => scene.startsWith(line))
  expect(shown('parity environments')[0]).toContain('production   acme-production  git remote production  protected')
  expect(shown('demo config')[0]).toContain('acme-demo Config Vars')
  expect(shown('production logs')[0]).toContain('State changed from starting to up')
  expect(shown('psql acme_development').map((scene) => scene.trim().split('\n').at(-1))).toEqual([
    '12',
    '2000',
    '12',
    '2000',
  ])
  expect(scenes.at(-1)).toContain('2000')
  expect(scenes.at(-2)).toContain(
    "acme_development is now production's b002; `development undo` brings the old one back",
  )
})
