import { type IPty, spawn } from '@lydell/node-pty'
import type { RunOptions, World } from './world.ts'

/**
 * A pseudo-terminal with a program in it, the leader of its session. It shows what programs print and not what is typed, and
 * lets Ctrl-C throw nothing away: on Linux both happen after the signal is sent, and would mix with what the program prints.
 */
export class Terminal {
  readonly ended: Promise<{ status: number; signal: number }>
  readonly #pty: IPty
  #text = ''
  #end = 0
  #look = () => {}

  constructor(world: World, file: string, args: string[] = [], more: RunOptions['env'] = {}) {
    const env = world.environment({ PS1: 'sh> ', TERM: 'xterm', ...more })
    const prepared = ['-c', '/bin/stty -echo noflsh; exec "$0" "$@"', file, ...args]
    this.#pty = spawn('/bin/sh', prepared, { cwd: world.project, env, cols: 100, rows: 30 })
    this.#pty.onData((text) => {
      this.#text += text
      this.#look()
    })
    this.ended = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode, signal = 0 }) => resolve({ status: exitCode, signal }))
    })
  }

  /** All that it showed, up to what was waited for. */
  get shown(): string {
    return this.#text.slice(0, this.#end)
  }

  /** Waits until it shows this, after what was waited for before. */
  shows(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const tooLate = () => reject(new Error(`the terminal does not show ${JSON.stringify(text)}:\n${this.#text}`))
      const deadline = setTimeout(tooLate, 50_000)
      this.#look = () => {
        const at = this.#text.indexOf(text, this.#end)
        if (at < 0) return
        this.#end = at + text.length
        clearTimeout(deadline)
        this.#look = () => {}
        resolve()
      }
      this.#look()
    })
  }

  type(keys: string): void {
    this.#pty.write(keys)
  }

  close(): void {
    this.#pty.kill('SIGKILL')
  }

  resize(columns: number, rows: number): void {
    this.#pty.resize(columns, rows)
  }
}
