import type { GrowingFile } from '../../dumps/growing-file.ts'

/** The rows of one table, or the large objects, as they lie in an archive's file. Places are bytes from its start. */
export type DataBlock = {
  /** The entry of the table of contents that they belong to. */
  readonly dumpId: number
  readonly start: number
  /** Where the next one begins; undefined while this one is still arriving. */
  end: number | undefined
}

/** The file is not what an archive is after its table of contents; the message says in which way. */
export class BrokenArchive extends Error {}

/** The end of the file, after `size` bytes, came inside a block. */
export function cutShort(size: number): BrokenArchive {
  return new BrokenArchive(`it ends after ${size} bytes, in the middle of its rows`)
}

/** Bytes read at once. */
const piece = 262_144

const blockOfRows = 1
const blockOfLargeObjects = 3

/**
 * Finds the end of a block in bytes that come piece by piece, without unpacking any: a byte for the kind, the dump id, then
 * portions with their length before them, up to one of length 0. Large objects have an id before each, up to id 0.
 * `pg_backup_custom.c` of Postgres writes them so; numbers as in `archive.ts`.
 */
class BlockWalk {
  dumpId = 0
  isDone = false
  #kind = 0
  #field: 'kind' | 'dump id' | 'object id' | 'length' = 'kind'
  #toSkip = 0
  #digits: number[] = []

  /** `integerSize`: bytes of a number, as the archive's header says. */
  constructor(readonly integerSize: number) {}

  /** Goes through `bytes` from `position` on; returns where it stopped: at the end of the block, or of the bytes. */
  take(bytes: Buffer, position = 0): number {
    let at = position
    while (at < bytes.length && !this.isDone) {
      const skipped = Math.min(this.#toSkip, bytes.length - at)
      this.#toSkip -= skipped
      at += skipped
      if (skipped > 0) continue
      this.#digits.push(bytes[at] ?? 0)
      at += 1
      if (this.#digits.length === (this.#field === 'kind' ? 1 : 1 + this.integerSize)) this.#readField()
    }
    return at
  }

  #readField(): void {
    const [first = 0, ...magnitude] = this.#digits
    const number = magnitude.reduceRight((sum, byte) => sum * 256 + byte, 0)
    this.#digits = []
    switch (this.#field) {
      case 'kind':
        this.#kind = first
        if (first !== blockOfRows && first !== blockOfLargeObjects)
          throw new BrokenArchive(`unexpected block of kind ${first}`)
        this.#field = 'dump id'
        return
      case 'dump id':
        this.dumpId = number
        this.#field = this.#kind === blockOfRows ? 'length' : 'object id'
        return
      case 'object id':
        this.isDone = number === 0
        this.#field = 'length'
        return
      case 'length':
        this.#toSkip = number
        if (number > 0) return
        this.isDone = this.#kind === blockOfRows
        this.#field = 'object id'
    }
  }
}

/**
 * The first `count` blocks of an archive in their order, each as soon as its dump id has arrived; `end` is set later, when the next
 * one is asked for. `dataStart` is where the first begins. What stands behind the last is not looked at: `pg_dump -Fc db > file` of
 * Postgres 18 leaves a second table of contents there. Throws `BrokenArchive`, and what the file throws.
 */
export async function* findDataBlocks(
  file: GrowingFile,
  dataStart: number,
  integerSize: number,
  count: number,
): AsyncGenerator<DataBlock> {
  const memory = Buffer.allocUnsafe(piece)
  let position = dataStart
  let bytes: Buffer = Buffer.alloc(0)
  for (let left = count; left > 0; left -= 1) {
    const walk = new BlockWalk(integerSize)
    const start = position
    let block: DataBlock | undefined
    while (!walk.isDone) {
      if (bytes.length === 0) bytes = await file.read(position, memory)
      if (bytes.length === 0 && position === start) return
      if (bytes.length === 0) throw cutShort(position)
      const end = walk.take(bytes)
      position += end
      bytes = bytes.subarray(end)
      if (block !== undefined || walk.dumpId === 0) continue
      block = { dumpId: walk.dumpId, start, end: walk.isDone ? position : undefined }
      yield block
    }
    if (block) block.end = position
  }
}

/**
 * An archive that holds `blocks` alone: `head`, its header and table of contents, then their bytes, as they come. A piece is overwritten
 * when the next one is asked for.
 */
export async function* archiveOf(
  head: Buffer,
  blocks: readonly DataBlock[],
  file: GrowingFile,
  integerSize: number,
): AsyncGenerator<Buffer> {
  yield head
  const memory = Buffer.allocUnsafe(piece)
  for (const { start } of blocks) {
    const walk = new BlockWalk(integerSize)
    for (let position = start; !walk.isDone; ) {
      const bytes = await file.read(position, memory)
      if (bytes.length === 0) throw cutShort(position)
      const own = walk.take(bytes)
      position += own
      yield bytes.subarray(0, own)
    }
  }
}
