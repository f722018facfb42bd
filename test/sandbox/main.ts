import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { definedOnly } from './processes.ts'
import { type Sandbox, startSandbox } from './sandbox.ts'
import { playTour } from './tour.ts'

type Outcome = { status: number } | { signal: NodeJS.Signals }

process.stderr.write('starting the sandbox: two Postgres servers, a stand-in for Heroku, a sample project …\n')
const rows = Number(process.env.SANDBOX_ROWS ?? 2000)
const sandbox = await startSandbox({ rows })
let child: ChildProcess | undefined
// A Ctrl-C at the terminal is for the program that runs there; TERM and HUP are for both of us.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void leave(signal))
const outcome = await play(process.argv.slice(2))
await sandbox.stop()
if ('signal' in outcome) dieOf(outcome.signal)
else process.exitCode = outcome.status

async function leave(signal: NodeJS.Signals): Promise<void> {
  child?.kill(signal)
  await sandbox.stop()
  dieOf(signal)
}

function dieOf(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

async function play(command: string[]): Promise<Outcome> {
  if (command.length === 1 && command[0] === 'tour') return { status: await playTour(sandbox) }
  if (command.length > 0) return inherit(command)
  if (!process.stdin.isTTY) return { status: await playTour(sandbox) }
  process.stdout.write(welcome(sandbox))
  return inherit(await shell(sandbox))
}

/** Runs one program on our own terminal, in the sample project. */
async function inherit([program = '', ...args]: string[]): Promise<Outcome> {
  const colours = Object.fromEntries(['NO_COLOR', 'FORCE_COLOR', 'CI'].map((name) => [name, process.env[name]]))
  const env = definedOnly({ ...sandbox.env, ...colours })
  child = spawn(program, args, { cwd: sandbox.project, env, stdio: 'inherit' })
  try {
    const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    return signal === null ? { status: status ?? 1 } : { signal }
  } catch {
    process.stderr.write(`\`${program}\` is not on the sandbox's PATH
`)
    return { status: 127 }
  }
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
  demo console                      a custom environment of .parityrc, typed as a word
  development restore production    its newest backup as your local database
  development undo                  and your own again
  parity check                      how far the environments are apart
  exit                              ends the sandbox and removes ${folder}
\`npm run sandbox -- tour\` plays all of it. In a project of your own the same words work as soon as git has the
remotes production and staging, or .parityrc names your apps.
`
}
