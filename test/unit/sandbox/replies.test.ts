import { expect, test } from 'vitest'
import { ranged } from '../../sandbox/ranges.ts'
import { page } from '../../sandbox/replies.ts'

const paged = (range: string) => {
  const { status, headers, body } = page(
    [1, 2, 3, 4],
    range,
    (item) => item,
    (item) => item,
  )
  return [status, body, headers?.['Next-Range']]
}

test.each([
  ['version ..; max=15, order=desc', [200, '[4,3,2,1]', undefined]],
  ['version ..; order=desc,max=3', [206, '[4,3,2]', 'version ]2..; order=desc,max=3']],
  ['version ]2..; order=desc,max=3', [200, '[1]', undefined]],
  ['id ..; max=1000;', [200, '[1,2,3,4]', undefined]],
])('a list is paged by `%s`', (range, expected) => expect(paged(range)).toEqual(expected))

const part = (headers: Record<string, string>) => {
  const reply = ranged({ status: 200, headers: { ETag: '"a"' }, body: '0123456789' }, headers)
  return [reply.status, String(reply.body), reply.headers?.['Content-Range']]
}

test.each([
  [{}, [200, '0123456789', undefined]],
  [{ range: 'bytes=2-4' }, [206, '234', 'bytes 2-4/10']],
  [{ range: 'bytes=7-' }, [206, '789', 'bytes 7-9/10']],
  [{ range: 'bytes=-2' }, [206, '89', 'bytes 8-9/10']],
  [{ range: 'bytes=10-' }, [416, 'undefined', 'bytes */10']],
  [{ range: 'bytes=2-4', 'if-range': '"a"' }, [206, '234', 'bytes 2-4/10']],
  [{ range: 'bytes=2-4', 'if-range': '"b"' }, [200, '0123456789', undefined]],
])('a file is cut by %j', (headers, expected) => expect(part(headers)).toEqual(expected))
