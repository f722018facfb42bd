import { openSync, read as readDescriptor } from 'node:fs'
import { promisify } from 'node:util'
import { Change } from '../run/change.ts'

const readInto = promisify(readDescriptor)

/**
 * A file that may still be written while it is read, by any number of readers, each at its own pace and with no more memory than
 * the piece it holds. The writer reports how many bytes are readable. The file is opened once, as
 * long as this process lives: renaming or removing it disturbs no reader.
 */
export class GrowingFile {
  readonly #descriptor: number
  #size: number
  #isWhole = false
  #failure: { readonly error: unknown } | undefined
  readonly #change = new Change()

  /** `size` is how many bytes at `path` may be read by now. Throws where it can't be opened. */
  constructor(
    readonly path: string,
    size: number,
  ) {
    this.#descriptor = openSync(path, 'r')
    this.#size = size
  }

  /** Bytes that may be read by now. */
  get size(): number {
    return this.#size
  }

  grow(size: number): void {
    this.#size = size
    this.#change.announce()
  }

  /** All of it is there. */
  end(): void {
    this.#isWhole = true
    this.#change.announce()
  }

  /** No more will come: readers throw `error` from now on. The first word stands. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#change.announce()
  }

  /**
   * The bytes from `position` on, as many as there are and `memory` has room for: waits for the first of them, and returns none at the
   * end of a whole file.
   */
  async read(position: number, memory: Buffer): Promise<Buffer> {
    while (this.#size <= position && !this.#isWhole && !this.#failure) {
      await this.#change.next()
    }
    if (this.#failure) throw this.#failure.error
    const wanted = Math.min(memory.length, Math.max(this.#size - position, 0))
    const { bytesRead } = await readInto(this.#descriptor, memory, 0, wanted, position)
    return memory.subarray(0, bytesRead)
  }
}
