import type { ChildProcess } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { App, Dyno } from './apps.ts'
import { must, spawnLeashed } from './processes.ts'
import { text } from './replies.ts'

/** What the API was asked to run. */
type Order = {
  command: string
  attach: boolean
  tty: boolean
  columns: number
  rows: number
  term: string
  /** Variables for this dyno alone (`heroku run --env`). */
  env: Record<string, string>
}

/** A one-off dyno whose command starts once somebody is attached. */
export type Waiting = { app: App; dyno: Dyno; order: Order }

/** One-off dynos: commands really run, in a checkout of the app, with its config vars and a terminal of their own. */
export class Dynos {
  readonly #folder: string
  readonly #path: string
  readonly #waiting = new Map<string, Waiting>()
  readonly #rendezvous: () => number
  #count = 0

  /** `path` is the dynos' PATH; `rendezvous` tells the port where terminals meet them. */
  constructor(folder: string, path: string, rendezvous: () => number) {
    this.#folder = folder
    this.#path = path
    this.#rendezvous = rendezvous
  }

  /** Starts what `POST /apps/X/dynos` asks for. */
  start(app: App, body: Record<string, unknown>): { dyno: Dyno; attachUrl: string | null } {
    this.#count += 1
    const order = orderOf(body)
    const { command } = order
    const name = `run.${1000 + this.#count}`
    const dyno = {
      id: randomUUID(),
      name,
      type: 'run',
      command,
      state: 'starting',
      updatedAt: new Date().toISOString(),
    }
    app.dynos.push(dyno)
    app.log.add('app', 'api', `Starting process with command \`${command}\` by user dev@acme.test`)
    if (!order.attach) {
      void this.#runDetached({ app, dyno, order })
      return { dyno, attachUrl: null }
    }
    const secret = randomBytes(16).toString('hex')
    this.#waiting.set(secret, { app, dyno, order })
    return { dyno, attachUrl: `rendezvous://127.0.0.1:${this.#rendezvous()}/${secret}` }
  }

  /** Hands out the dyno that waits for this secret, once. */
  claim(secret: string): Waiting | undefined {
    const waiting = this.#waiting.get(secret)
    this.#waiting.delete(secret)
    return waiting
  }

  /** Runs the command of a dyno; its output ends with the stdout of the process returned. */
  async launch({ app, dyno, order }: Waiting): Promise<ChildProcess> {
    const home = join(this.#folder, 'dynos', dyno.id)
    await this.#checkOut(app, home)
    const shell = existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh'
    const env = {
      ...app.config,
      ...order.env,
      PATH: this.#path,
      HOME: home,
      SHELL: shell,
      DYNO: dyno.name,
      PORT: '5000',
      TERM: order.term,
      PGSSLMODE: 'require',
    }
    const child = spawnLeashed('KILL', commandLine(order, shell), { cwd: home, env, detached: true })
    child.stdin?.on('error', () => {}) // the command need not read what is typed
    dyno.state = 'up'
    app.log.add('heroku', dyno.name, 'State changed from starting to up')
    const mark = join(this.#folder, 'processes', String(child.pid))
    writeFileSync(mark, '') // no waiting here: output that nobody reads yet is lost when a program ends
    child.on('close', (status) => {
      app.dynos.splice(app.dynos.indexOf(dyno), 1)
      app.log.add('heroku', dyno.name, `Process exited with status ${status ?? 137}`)
      void Promise.all([rm(mark, { force: true }), rm(home, { recursive: true, force: true })])
    })
    return child
  }

  /** Restarts a dyno of the formation, in the log and by its time; a one-off dyno just goes. */
  restart(app: App, dyno: Dyno): void {
    dyno.updatedAt = new Date().toISOString()
    app.log.add('heroku', dyno.name, 'Restarting')
    app.log.add('heroku', dyno.name, 'State changed from starting to up')
  }

  async #runDetached(waiting: Waiting): Promise<void> {
    const child = await this.launch(waiting)
    child.stdin?.end()
    child.stdout?.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().trimEnd().split(/\r?\n/)) waiting.app.log.add('app', waiting.dyno.name, line)
    })
  }

  async #checkOut(app: App, home: string): Promise<void> {
    await mkdir(home, { recursive: true })
    const commit = app.releases.at(-1)?.commit
    if (commit === undefined) return
    const repository = join(this.#folder, 'repositories', `${app.name}.git`)
    const script = 'git --git-dir="$1" archive "$2" | tar -x -C "$3"'
    await must(['/bin/sh', '-c', script, 'check-out', repository, commit, home])
  }
}

function orderOf(body: Record<string, unknown>): Order {
  const env = (body.env ?? {}) as Record<string, string>
  return {
    command: text(body.command),
    attach: body.attach === true,
    tty: body.force_no_tty !== true && body.attach === true,
    columns: Number(env.COLUMNS ?? 80),
    rows: Number(env.LINES ?? 24),
    term: text(env.TERM) || 'dumb',
    env,
  }
}

/** The command with a terminal around it: `script` makes one; its options differ between Linux and BSD. */
function commandLine({ command, tty, columns, rows }: Order, shell: string): string[] {
  if (!tty) return [shell, '-c', `exec 2>&1\n${command}`]
  const sized = `stty cols ${columns} rows ${rows}\n${command}`
  if (process.platform === 'linux') return ['script', '-qefc', sized, '/dev/null']
  return ['script', '-q', '/dev/null', shell, '-c', sized]
}
