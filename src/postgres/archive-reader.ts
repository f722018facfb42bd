import { failure, type ParityError } from '../errors.ts'

/** Thrown where the bytes end before what is read does; `needsBytes` counts from the start of the file. */
export class TooShort extends Error {
  constructor(readonly needsBytes: number) {
    super(`needs ${needsBytes} bytes`)
  }
}

/** Reads the primitives that `pg_backup_archiver.c` writes: `WriteInt`, `WriteStr`, `WriteOffset`. */
export class Reader {
  position = 0
  integerSize = 4
  offsetSize = 8

  constructor(
    readonly bytes: Buffer,
    readonly what: string,
  ) {}

  take(length: number): Buffer {
    const end = this.position + length
    if (end > this.bytes.length) throw new TooShort(end)
    const taken = this.bytes.subarray(this.position, end)
    this.position = end
    return taken
  }

  byte(): number {
    return this.take(1).readUInt8()
  }

  /** A byte for the sign, then the magnitude, its lowest byte first. */
  integer(): number {
    const sign = this.byte() === 0 ? 1 : -1
    return sign * this.magnitude(this.integerSize)
  }

  /** A length, then bytes; undefined for C's NULL, whose length is -1. */
  text(): string | undefined {
    const length = this.integer()
    return length < 0 ? undefined : this.take(length).toString()
  }

  /** A number that is written as text, for historical reasons. */
  number(): number {
    const text = this.text() ?? ''
    if (!/^\d{1,10}$/.test(text)) throw damagedArchive(this.what, `\`${text.slice(0, 20)}\` is no number`)
    return Number(text)
  }

  /** Dump ids up to a NULL. */
  numbers(): number[] {
    const numbers: number[] = []
    for (let text = this.text(); text !== undefined; text = this.text()) numbers.push(Number.parseInt(text, 10))
    return numbers
  }

  /** Where an entry's data is in the file: 1 is not known (yet), 2 known, 3 there is none. */
  offset(): { readonly hasData: boolean; readonly dataOffset?: number } {
    const state = this.byte()
    const offset = this.magnitude(this.offsetSize)
    if (state < 1 || state > 3) throw damagedArchive(this.what, `a data offset of kind ${state}`)
    return { hasData: state !== 3, ...(state === 2 ? { dataOffset: offset } : {}) }
  }

  private magnitude(size: number): number {
    return this.take(size).reduceRight((sum, byte) => sum * 256 + byte, 0)
  }
}

export function damagedArchive(what: string, problem: string): ParityError {
  return failure(`${what} is damaged: ${problem}`, downloadAgain)
}

const downloadAgain = 'get the backup again, and give that file'

export function widthOf(size: number, what: string): number {
  if (size === 4 || size === 8) return size
  throw damagedArchive(what, `its numbers have ${size} bytes`)
}
