import { failure } from '../errors.ts'
import type { HttpReply } from '../heroku/http.ts'
import { retryAfter } from '../heroku/retry.ts'
import type { Part } from './part.ts'

/** What the storage of the dumps, S3, is asked and what its answers mean. Nothing here reads or writes. */

type Downloaded = Pick<Part, 'bytes' | 'identity'>

/**
 * The byte to ask for next. Of a part that looks whole the last byte is asked for once more: its answer says whether the object is
 * still the same.
 */
export function nextByte({ bytes, identity }: Downloaded): number {
  return identity === undefined ? 0 : Math.min(bytes, Math.max(identity.totalBytes - 1, 0))
}

/** The headers of a request for what is missing from that byte on, provided that the object is still the same. */
export function rangeHeaders({ identity }: Downloaded, start: number): Record<string, string> {
  return identity === undefined || start === 0 ? {} : { range: `bytes=${start}-`, 'if-range': identity.etag }
}

/** Where a redirect leads. Throws a failure for one from https to anything else. */
export function redirected(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (to && /^https?:$/.test(to.protocol) && (to.protocol === 'https:' || from.protocol === 'http:')) return to
  throw failure(`${from.host} redirects to a URL that is not https`, 'is there a proxy in between?')
}

/** What to do with an answer; `totalBytes` is the size of the object, where the storage says it. */
type Answer =
  /** The body continues the part. */
  | { readonly kind: 'rest'; readonly totalBytes: number }
  /** The body is the whole object: a new one, or the storage knows no ranges, or nothing was there before. */
  | { readonly kind: 'whole'; readonly totalBytes: number | undefined; readonly identity: Part['identity'] }
  /** What was downloaded so far belongs to another object. */
  | { readonly kind: 'changed'; readonly reason: string }
  /** The URL has to be signed again. */
  | { readonly kind: 'expired' }
  /** Another try has a chance, after so many milliseconds where the storage says it. */
  | { readonly kind: 'busy'; readonly reason: string; readonly retryAfter: number | undefined }
  | { readonly kind: 'refused' }

/** Decides about the answer to a request for what is missing of `part` from byte `start` on. */
export function judgeAnswer(
  { status, header }: Pick<HttpReply, 'status' | 'header'>,
  part: Downloaded,
  start: number,
): Answer {
  if (status === 206) return judgeRange(header('content-range'), part, start)
  if (status === 200) return wholeObject(header('content-length'), header('etag'))
  // S3 says 403 for an expired signature, and 400 where the credentials behind it have expired.
  if (status === 403 || status === 400) return { kind: 'expired' }
  if (status === 416) return { kind: 'changed', reason: 'the backup storage has fewer bytes than before' }
  if (status >= 500 || status === 429 || status === 408)
    return { kind: 'busy', reason: `the storage answered ${status}`, retryAfter: retryAfter(header('retry-after')) }
  return { kind: 'refused' }
}

function judgeRange(contentRange: string | undefined, { identity }: Downloaded, start: number): Answer {
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(contentRange ?? '') ?? []
  const totalBytes = Number(total)
  return Number(first) === start && totalBytes === identity?.totalBytes
    ? { kind: 'rest', totalBytes }
    : { kind: 'changed', reason: 'the backup storage answered with another range than requested' }
}

function wholeObject(length: string | undefined, etag: string | undefined): Answer {
  const totalBytes = length === undefined ? undefined : Number(length)
  // A weak tag says "equivalent", not "the same bytes", and is not allowed in If-Range: RFC 9110, section 13.1.5.
  const isStrong = etag !== undefined && !etag.startsWith('W/')
  return {
    kind: 'whole',
    totalBytes,
    identity: isStrong && totalBytes !== undefined ? { etag, totalBytes } : undefined,
  }
}
