import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { playTour } from './tour.ts'

type Outcome = { status: number } | { signal: NodeJS.Signals }

process.stderr.write('starting the sandbox: two Postgres servers, a stand-in for Heroku, a sample project …\n')
const rows = Number(process.env.SANDBOX_ROWS ?? 2000)
const sandbox = await startSandbox({ rows })
// A Ctrl-C at the terminal is for the program that runs there; TERM and HUP are for us.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void sandbox.stop().then(() => process.kill(process.pid, signal)))
}
const outcome = await play(sandbox, process.argv.slice(2))
await sandbox.stop()
process.removeAllListeners('SIGINT')
process.removeAllListeners('SIGTERM')
process.removeAllListeners('SIGHUP')
if ('signal' in outcome) process.kill(process.pid, outcome.signal)
else process.exitCode = outcome.status

async function play(sandbox: Sandbox, command: string[]): Promise<Outcome> {
  if (command.length > 0) return inherit(sandbox, command)
  if (!process.stdin.isTTY) return { status: await playTour(sandbox) }
  process.stdout.write(welcome(sandbox))
  return inherit(sandbox, await shell(sandbox))
}

/** Runs one program on our own terminal. */
async function inherit(sandbox: Sandbox, command: string[], env: Record<string, string> = {}): Promise<Outcome> {
  const colours = ['NO_COLOR', 'FORCE_COLOR', 'CI'].flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  })
  const child = spawnInside(sandbox, command, { ...Object.fromEntries(colours), ...env })
  const ended = once(child, 'exit')
  const failed = once(child, 'error').then(([error]) => Promise.reject(error))
  try {
    const [status, signal] = (await Promise.race([ended, failed])) as [number | null, NodeJS.Signals | null]
    return signal === null ? { status: status ?? 1 } : { signal }
  } catch {
    process.stderr.write(`${command[0]} is not there\n`)
    return { status: 127 }
  }
}

function spawnInside(sandbox: Sandbox, [program = '', ...args]: string[], env: Record<string, string>) {
  // A path with a folder in it is relative to where the sandbox's shell would be: the sample project.
  return spawn(program, args, { cwd: sandbox.project, env: { ...sandbox.env, ...env }, stdio: 'inherit' })
}

/** The person's own kind of shell with a prompt that tells where they are; start-up files are ours. */
async function shell({ folder }: Sandbox): Promise<string[]> {
  const own = process.env.SHELL ?? '/bin/sh'
  const prompt = '(sandbox) \\W $ '
  if (own.endsWith('bash')) {
    const file = join(folder, 'home', '.bashrc')
    await writeFile(file, `PS1='${prompt}'\n`)
    return [own, '--noprofile', '--rcfile', file, '-i']
  }
  if (own.endsWith('zsh')) {
    await writeFile(join(folder, 'home', '.zshrc'), "PROMPT='(sandbox) %1~ %# '\n")
    return [own, '-i']
  }
  return ['/bin/sh', '-i']
}

function welcome({ folder }: Sandbox): string {
  return `
A sample project with apps acme-production, acme-staging and acme-demo. Nothing here leaves this machine.
  production ps                     what runs in production
  production logs --tail            its log, until Ctrl-C
  development restore production    its newest backup as your local database
  exit                              ends the sandbox and removes ${folder}
`
}
