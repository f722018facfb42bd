import { readFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { FileBody, Reply } from './replies.ts'

/** Cuts the part that a byte Range asks for out of an answer that has an ETag, as S3 does; others stay whole. */
export function ranged(reply: Reply, headers: IncomingHttpHeaders): Reply {
  const etag = reply.headers?.ETag
  const { body } = reply
  if (reply.status !== 200 || etag === undefined || body === undefined || body instanceof Readable) return reply
  const size = sizeOf(body)
  const whole = { ...reply, headers: { ...reply.headers, 'Accept-Ranges': 'bytes', 'Content-Length': String(size) } }
  const match = headers.range?.match(/^bytes=(\d*)-(\d*)$/)
  const changed = headers['if-range'] !== undefined && headers['if-range'] !== etag
  if (!match || changed) return whole
  const { start, end } = ends(match[1] ?? '', match[2] ?? '', size)
  if (start > end || start >= size) return { status: 416, headers: { 'Content-Range': `bytes */${size}` } }
  const length = { 'Content-Length': String(end - start + 1), 'Content-Range': `bytes ${start}-${end}/${size}` }
  return { status: 206, headers: { ...whole.headers, ...length }, body: slice(body, start, end) }
}

function ends(from: string, to: string, size: number): { start: number; end: number } {
  if (from === '') return { start: Math.max(0, size - Number(to)), end: size - 1 } // the last N bytes
  return { start: Number(from), end: to === '' ? size - 1 : Math.min(Number(to), size - 1) }
}

function slice(body: string | Buffer | FileBody, start: number, end: number): Buffer | FileBody {
  if (typeof body === 'object' && 'file' in body) return { ...body, range: { start, end } }
  return Buffer.from(body).subarray(start, end + 1)
}

function sizeOf(body: string | Buffer | FileBody): number {
  return typeof body === 'object' && 'file' in body ? body.size : Buffer.byteLength(body)
}

/** The whole of a body in memory. */
export async function wholeBody(body: Reply['body']): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0)
  if (body instanceof Readable) return Buffer.concat(await body.toArray())
  return typeof body === 'object' && 'file' in body ? readFile(body.file) : Buffer.from(body)
}
