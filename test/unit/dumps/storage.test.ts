import { describe, expect, test } from 'vitest'
import { judgeAnswer, nextByte, rangeHeaders, redirected } from '../../../src/dumps/storage.ts'

const fresh = { bytes: 0, identity: undefined }
const half = { bytes: 50, identity: { etag: '"one"', totalBytes: 100 } }

test('what is missing is asked for; of what looks whole the last byte, of what is unknown everything', () => {
  expect([fresh, { ...fresh, bytes: 9 }, half, { ...half, bytes: 100 }].map(nextByte)).toEqual([0, 0, 50, 99])
  expect(rangeHeaders(half, 50)).toEqual({ range: 'bytes=50-', 'if-range': '"one"' })
  expect([rangeHeaders(half, 0), rangeHeaders(fresh, 0)]).toEqual([{}, {}])
})

describe('an answer', () => {
  const another = 'the backup storage answered with another range than requested'
  test.each<[status: number, headers: Record<string, string>, answer: object]>([
    [206, { 'content-range': 'bytes 50-99/100' }, { kind: 'rest', totalBytes: 100 }],
    [206, { 'content-range': 'bytes 0-99/100' }, { kind: 'changed', reason: another }],
    [206, { 'content-range': 'bytes 50-98/99' }, { kind: 'changed', reason: another }],
    [206, {}, { kind: 'changed', reason: another }],
    [
      200,
      { 'content-length': '70', etag: '"two"' },
      { kind: 'whole', totalBytes: 70, identity: { etag: '"two"', totalBytes: 70 } },
    ],
    [200, { 'content-length': '70', etag: 'W/"two"' }, { kind: 'whole', totalBytes: 70, identity: undefined }],
    [200, { etag: '"two"' }, { kind: 'whole', totalBytes: undefined, identity: undefined }],
    [403, {}, { kind: 'expired' }],
    [400, {}, { kind: 'expired' }],
    [416, {}, { kind: 'changed', reason: 'the backup storage has fewer bytes than before' }],
    [503, { 'retry-after': '2' }, { kind: 'busy', reason: 'the storage answered 503', retryAfter: 2000 }],
    [429, {}, { kind: 'busy', reason: 'the storage answered 429', retryAfter: undefined }],
    [408, {}, { kind: 'busy', reason: 'the storage answered 408', retryAfter: undefined }],
    [404, {}, { kind: 'refused' }],
  ])('%d with %j', (status, headers, answer) => {
    expect(judgeAnswer({ status, header: (name) => headers[name] }, half, 50)).toEqual(answer)
  })
})

test('a redirect may not leave https', () => {
  const from = new URL('https://storage.example.com/b001?signature=1')
  expect(redirected(from, '/other').href).toBe('https://storage.example.com/other')
  for (const to of ['http://storage.example.com/b001', 'ftp://storage.example.com', 'https://'])
    expect(() => redirected(from, to)).toThrow('storage.example.com redirects to a URL that is not https')
})
