import { failure } from '../errors.ts'
import { call } from '../run/call.ts'
import { capture } from '../run/capture.ts'
import type { Variables } from './hosts.ts'

/** Gives the token of the person who is logged in. It belongs into one header and nowhere else. */
export type Token = () => Promise<string>

/**
 * The token as the Heroku CLI finds it: `HEROKU_API_KEY`, else what one `heroku auth:token` prints, which knows keychains and
 * `~/.netrc`. The CLI is asked at most once, and only when a token is needed.
 *
 * The token fails with status 127 where `heroku` is missing, and with status 1 where no one is logged in.
 */
export function createToken(variables: Variables, signal?: AbortSignal): Token {
  let asked: Promise<string> | undefined
  return () => {
    asked ??= variables.HEROKU_API_KEY ? ownKey(variables.HEROKU_API_KEY) : askCli(variables, signal)
    return asked
  }
}

async function ownKey(key: string): Promise<string> {
  const token = key.trim()
  if (isToken(token)) return token
  throw failure('`HEROKU_API_KEY` holds no token', 'correct it, or unset it and `heroku login`')
}

async function askCli(variables: Variables, signal: AbortSignal | undefined): Promise<string> {
  const { status, stdout, stderr } = await capture(
    { ...call('heroku', 'auth:token'), env: given(variables) },
    undefined,
    signal,
  )
  signal?.throwIfAborted()
  const token = stdout.trim()
  if (status === 0 && isToken(token)) return token
  const said = lastLine(stderr)
  const reason = said === '' || said === 'not logged in' ? '' : `: ${said}`
  throw failure(`not logged in to Heroku${reason}`, '`heroku login`')
}

function given(variables: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** Something a header can carry; what Heroku gives out is a UUID or `HRKU-` and more of the kind. */
function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}

/** The last line of what the CLI says, without the marks it puts before an error. */
function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? ''
  return line.replace(/^[\s›]*(Error: )?/, '').trim()
}
