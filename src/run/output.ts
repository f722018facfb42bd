import type { WriteStream } from 'node:fs'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { readAmbient } from './ambient.ts'
import { removeOldLogs } from './logs.ts'
import { createPrivateFile, makePrivateFolder } from './private-files.ts'

/** One of our own outputs. */
type Name = 'stdout' | 'stderr'

/**
 * Where a plan writes. The reader may disappear (`2>&1 | head`, a closed terminal), or a device may be full. The plan must not stop half
 * way because of that, so from then on all output goes to a log, including what was written before.
 */
export class PlanOutput {
  #written: string[] = []
  #log: WriteStream | undefined
  #isLost = false

  constructor() {
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => this.lose())
  }

  /** Whether a program that is started now can write to our own output itself: a terminal that is still there. */
  isTerminal(name: Name): boolean {
    return process[name].isTTY === true && !this.#isLost
  }

  get isLost(): boolean {
    return this.#isLost
  }

  /** The output can no longer be written: from now on it goes to the log. */
  lose(): void {
    if (this.#isLost) return
    this.#isLost = true
    void this.#openLog()
  }

  /** Keeps a line that was reported, should it have to be read in the log. */
  note(text: string): void {
    this.#keep(`${text}\n`)
  }

  /** A stream for what a program writes; it never fails. */
  sink(name: Name): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#keep(chunk.toString())
        if (this.#isLost) return done()
        process[name].write(chunk, () => done())
      },
    })
  }

  #keep(text: string): void {
    if (this.#log) this.#log.write(text)
    else this.#written.push(text)
  }

  /** A log that cannot be written fails nothing. */
  async #openLog(): Promise<void> {
    const { cache } = readAmbient()
    const file = join(cache, '_log', `plan-${process.pid}.log`)
    try {
      await makePrivateFolder(dirname(file), cache)
      await removeOldLogs(dirname(file), Date.now())
      const log = (await createPrivateFile(file)).createWriteStream().on('error', () => {})
      for (const text of this.#written) log.write(text)
      this.#written = []
      this.#log = log
    } catch {
      // Nothing is left to write to.
    }
  }
}
