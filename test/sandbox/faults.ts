import { createReadStream } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { FileBody, Reply } from './replies.ts'

/** What goes wrong, and for which requests; a rule matches once it is set, until undone or `times` is used up. */
export type Fault = {
  method?: string
  /** A part of the path with its query, or a pattern. */
  path: string | RegExp
  /** How many requests it hits; default: all. */
  times?: number
  action: FaultAction
}

export type FaultAction =
  | { kind: 'answer'; status: number; body?: string; headers?: Record<string, string> }
  /** Answers as usual, that many milliseconds later. */
  | { kind: 'delay'; ms: number }
  /** Resets the connection after that many bytes of the body; with 0 before the status line. */
  | { kind: 'cut'; afterBytes: number }
  /** Goes silent after that many bytes of the body; without a number it never answers at all. */
  | { kind: 'hang'; afterBytes?: number }
  | { kind: 'throttle'; bytesPerSecond: number }
  /** What S3 says of a signature that is too old. */
  | { kind: 'expired' }
  /** Changes the whole body, before a Range of it is cut: not a dump, a truncated dump, flipped bytes. */
  | { kind: 'body'; replace: (original: Buffer) => Buffer | string }

/** The rules in force. */
export class Faults {
  readonly #rules = new Set<{ fault: Fault; left: number }>()

  /** Adds a rule; the function returned takes it away. */
  add(fault: Fault): () => void {
    const rule = { fault, left: fault.times ?? Number.POSITIVE_INFINITY }
    this.#rules.add(rule)
    return () => void this.#rules.delete(rule)
  }

  /** The first rule that fits the request, counted as used. */
  take(method: string, path: string): FaultAction | undefined {
    for (const rule of this.#rules) {
      if (rule.left === 0 || !fits(rule.fault, method, path)) continue
      rule.left -= 1
      return rule.fault.action
    }
    return undefined
  }
}

function fits(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method !== method) return false
  return typeof fault.path === 'string' ? path.includes(fault.path) : fault.path.test(path)
}

export const expiredReply: Reply = {
  status: 403,
  headers: { 'Content-Type': 'application/xml' },
  body: '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>',
}

/**
 * Sends a body as the fault has it and ends the response, unless the fault is that it doesn't end.
 * Returns when all is with the system; `sent` hears of every portion.
 */
export async function transmit(
  body: Readable,
  response: ServerResponse,
  action: FaultAction | undefined,
  sent: (bytes: number) => void,
) {
  let left = limitOf(action)
  const line = action?.kind === 'throttle' ? slowLine(action.bytesPerSecond) : undefined
  response.on('close', () => body.destroy())
  response.flushHeaders()
  for await (const chunk of body) {
    for (const portion of portions(chunk as Buffer, action)) {
      const part = portion.subarray(0, left)
      left -= part.length
      if (part.length > 0) await write(response, part)
      sent(part.length)
      if (left === 0) return action?.kind === 'cut' ? response.socket?.resetAndDestroy() : undefined
      await line?.(part.length)
    }
  }
  response.end()
}

function limitOf(action: FaultAction | undefined): number {
  if (action?.kind === 'cut') return action.afterBytes
  if (action?.kind === 'hang') return action.afterBytes ?? 0
  return Number.POSITIVE_INFINITY
}

/**
 * Waits as long as a line needs for so many bytes. A sender that comes too late, on a busy machine, catches up by as much as a line
 * holds.
 */
function slowLine(bytesPerSecond: number): (bytes: number) => Promise<void> {
  const held = 250
  let free = performance.now()
  return async (bytes) => {
    free = Math.max(free, performance.now() - held) + (bytes / bytesPerSecond) * 1000
    await delay(Math.max(free - performance.now(), 0))
  }
}

/** A throttled body goes in twenty portions a second. */
function portions(chunk: Buffer, action: FaultAction | undefined): Buffer[] {
  if (action?.kind !== 'throttle') return [chunk]
  const size = Math.max(1, Math.floor(action.bytesPerSecond / 20))
  return Array.from({ length: Math.ceil(chunk.length / size) }, (_, n) => chunk.subarray(n * size, (n + 1) * size))
}

function write(response: ServerResponse, part: Buffer): Promise<void> {
  return new Promise((resolve, reject) => response.write(part, (error) => (error ? reject(error) : resolve())))
}

/** Any body as a stream. */
export function streamOf(body: string | Buffer | Readable | FileBody): Readable {
  if (body instanceof Readable) return body
  if (typeof body === 'object' && 'file' in body)
    return createReadStream(body.file, { ...body.range, highWaterMark: 1_048_576 })
  return Readable.from([Buffer.from(body)], { objectMode: false })
}
