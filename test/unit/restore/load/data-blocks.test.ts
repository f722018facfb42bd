import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { GrowingFile } from '../../../../src/dumps/growing-file.ts'
import { archiveOf, type DataBlock, findDataBlocks } from '../../../../src/restore/load/data-blocks.ts'

const folder = mkdtempSync(join(tmpdir(), 'dataBlocks-'))
afterAll(() => rmSync(folder, { recursive: true }))

const integer = (number: number, size = 4) =>
  Buffer.from([0, ...Array.from({ length: size }, (_, index) => Math.floor(number / 256 ** index) % 256)])

/** The rows of an entry, in portions of these lengths. */
const rows = (dumpId: number, ...portions: number[]) =>
  Buffer.concat([
    Buffer.from([1]),
    integer(dumpId),
    ...portions.flatMap((length) => [integer(length), Buffer.alloc(length, 7)]),
    integer(0),
  ])
/** Large objects, each in one portion. */
const largeObjects = (dumpId: number, ...objects: [id: number, length: number][]) =>
  Buffer.concat([
    Buffer.from([3]),
    integer(dumpId),
    ...objects.flatMap(([id, length]) => [integer(id), integer(length), Buffer.alloc(length, 9), integer(0)]),
    integer(0),
  ])

function fileOf(content: Buffer, size = content.length): GrowingFile {
  const path = join(folder, `${Math.random()}`)
  writeFileSync(path, content)
  return new GrowingFile(path, size)
}

function whole(content: Buffer): GrowingFile {
  const file = fileOf(content)
  file.end()
  return file
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

const head = Buffer.from('HEAD')
const parts = [rows(300, 5, 70_000, 1), rows(301), largeObjects(302, [4711, 600_000], [4712, 3]), rows(70_000, 10)]

test('dataBlocks are found with their ends', async () => {
  const file = whole(Buffer.concat([head, ...parts]))
  let place = head.length
  const expected = parts.map((part, index) => {
    const start = place
    place += part.length
    return { dumpId: [300, 301, 302, 70_000][index], start, end: place }
  })
  expect(await collect(findDataBlocks(file, head.length, 4, parts.length))).toEqual(expected)
})

test('what stands behind the last one is not looked at', async () => {
  const end = rows(300, 5).length
  const file = whole(Buffer.concat([rows(300, 5), Buffer.from([7, 0, 1]), Buffer.alloc(300)]))
  expect(await collect(findDataBlocks(file, 0, 4, 1))).toEqual([{ dumpId: 300, start: 0, end }])
})

test('numbers of 8 bytes', async () => {
  const block = Buffer.concat([Buffer.from([1]), integer(9, 8), integer(3, 8), Buffer.alloc(3), integer(0, 8)])
  expect(await collect(findDataBlocks(whole(block), 0, 8, 1))).toEqual([{ dumpId: 9, start: 0, end: block.length }])
})

test('one is told of when its first bytes are there, and read while the rest arrives', async () => {
  const content = Buffer.concat(parts)
  const file = fileOf(content, 20)
  const dataBlocks = findDataBlocks(file, 0, 4, parts.length)
  const { value } = await dataBlocks.next()
  expect(value).toEqual({ dumpId: 300, start: 0, end: undefined })
  const reading = collect(archiveOf(head, [value as DataBlock], file, 4))
  for (let size = 21; size < content.length; size += 9973) file.grow(size)
  file.grow(content.length)
  file.end()
  expect(Buffer.concat(await reading).equals(Buffer.concat([head, parts[0] ?? Buffer.alloc(0)]))).toBe(true)
  expect(await collect(dataBlocks)).toHaveLength(3)
})

test('an archive of some dataBlocks alone', async () => {
  const file = whole(Buffer.concat(parts))
  const [first, , third] = await collect(findDataBlocks(file, 0, 4, parts.length))
  const made: Buffer[] = []
  for await (const bytes of archiveOf(head, [first, third] as DataBlock[], file, 4)) made.push(Buffer.from(bytes))
  expect(Buffer.concat(made).equals(Buffer.concat([head, parts[0] as Buffer, parts[2] as Buffer]))).toBe(true)
})

test.each<[what: string, content: Buffer, message: string]>([
  ['the end comes too early', rows(300, 5).subarray(0, -1), 'it ends after 20 bytes, in the middle of its rows'],
  ['the end comes after the kind', Buffer.from([1]), 'it ends after 1 bytes, in the middle of its rows'],
  ['a kind that there is not', Buffer.concat([rows(300, 5), Buffer.from([7])]), 'unexpected block of kind 7'],
])('%s', async (_, content, message) => {
  await expect(collect(findDataBlocks(whole(content), 0, 4, 2))).rejects.toThrow(message)
})

test('a file that fails ends every reader', async () => {
  const file = fileOf(rows(300, 5), 3)
  const found = collect(findDataBlocks(file, 0, 4, parts.length))
  file.fail(new Error('the line is dead'))
  await expect(found).rejects.toThrow('the line is dead')
})
