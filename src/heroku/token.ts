import { spawn } from 'node:child_process'
import { failure } from '../errors.ts'
import { mustFind } from '../run/lookup.ts'
import type { Variables } from './hosts.ts'

/** Gives the token of the person who is logged in. It belongs into one header and nowhere else. */
export type Token = () => Promise<string>

/**
 * The token as the Heroku CLI finds it: `HEROKU_API_KEY`, else what one `heroku auth:token` prints, which knows keychains and
 * `~/.netrc`. The CLI is asked at most once, and only when a token is needed.
 *
 * The token fails with status 127 where `heroku` is missing, and with status 1 where nobody is logged in.
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
  const { status, stdout, stderr } = await run(mustFind('heroku'), ['auth:token'], variables, signal)
  const token = stdout.trim()
  if (status === 0 && isToken(token)) return token
  const said = lastLine(stderr)
  const reason = said === '' || said === 'not logged in' ? '' : `: ${said}`
  throw failure(`not logged in to Heroku${reason}`, '`heroku login`')
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

type Output = { status: number | null; stdout: string; stderr: string }

/** stdin is closed: a CLI that asked for a key press would open a browser, and wait. */
function run(program: string, args: string[], variables: Variables, signal: AbortSignal | undefined): Promise<Output> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...variables }, ...(signal ? { signal } : {}) }
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    const output = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text
    })
    child.on('error', (error) => reject(signal?.reason ?? error))
    child.on('close', (status) => resolve({ status, ...output }))
  })
}
