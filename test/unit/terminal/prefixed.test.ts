import { expect, test } from 'vitest'
import { prefixed, prefixes } from '../../../src/terminal/prefixed.ts'

/** What comes of chunks, one text a write. */
async function written(...chunks: (string | Buffer)[]): Promise<Buffer[]> {
  const all: Buffer[] = []
  const stream = prefixed('a |', (lines, done) => {
    all.push(lines)
    done()
  })
  for (const chunk of chunks) stream.write(chunk)
  await new Promise<void>((resolve) => stream.end(resolve))
  return all
}

test.each<[string, string[], string[]]>([
  ['nothing', [], []],
  ['a line', ['one\n'], ['a | one\n']],
  ['lines of a chunk come together', ['one\ntwo\n'], ['a | one\na | two\n']],
  ['a line in pieces is written whole', ['o', 'ne', '\ntw', 'o\n'], ['a | one\n', 'a | two\n']],
  ['an empty line has no blank behind', ['\n'], ['a |\n']],
  ['a last line without an end', ['one\ntwo'], ['a | one\n', 'a | two\n']],
])('%s', async (_, chunks, lines) => {
  expect((await written(...chunks)).map(String)).toEqual(lines)
})

test('bytes arrive as they are, also where a chunk ends in the middle of a letter', async () => {
  const text = Buffer.from('é🎉\n')
  const bytes = Buffer.concat([text, Buffer.from([0xff, 0x0a])])
  const all = await written(bytes.subarray(0, 1), bytes.subarray(1, 4), bytes.subarray(4))
  expect(Buffer.concat(all)).toEqual(
    Buffer.concat([Buffer.from('a | '), text, Buffer.from('a | '), Buffer.from([0xff, 0x0a])]),
  )
})

test('names are equally wide', () => {
  expect(prefixes(['production', 'demo'], 'stdout').map((prefix) => prefix.replace(/\S*\[\d+m/g, ''))).toEqual([
    'production |',
    'demo       |',
  ])
})
