import { connect } from 'node:net'
import { join } from 'node:path'
import type { Server } from '../folder.ts'

/**
 * Says commands to a server of Redis or Valkey on 127.0.0.1, each after its answer to the one before, and returns its answers; fewer where
 * it ends the connection (SHUTDOWN). Rejects where it cannot be reached within `milliseconds`.
 */
export function redisCommands(port: number, commands: readonly string[], milliseconds: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port })
    const answers: string[] = []
    let text = ''
    const end = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answers)
    }
    const timer = setTimeout(() => socket.destroy(new Error('no answer')), milliseconds)
    const next = () => (answers.length < commands.length ? socket.write(`${commands[answers.length]}\r\n`) : end())
    socket.setEncoding('utf8')
    socket.once('connect', next)
    socket.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    socket.once('close', end)
    socket.on('data', (part: string) => {
      text += part
      const answer = firstAnswer(text)
      if (answer === undefined) return
      text = ''
      answers.push(answer)
      next()
    })
  })
}

/** A simple answer (`+PONG`, `-ERR …`) or a text of known length, if it is whole. https://redis.io/docs/latest/develop/reference/protocol-spec/ */
function firstAnswer(text: string): string | undefined {
  const end = text.indexOf('\r\n')
  if (end < 0) return undefined
  if (!text.startsWith('$')) return text.slice(0, end)
  const length = Number(text.slice(1, end))
  const whole = text.slice(end + 2)
  return Buffer.byteLength(whole) >= length + 2 ? whole.slice(0, length) : undefined
}

/** The settings of a server. It listens on 127.0.0.1 only, and answers to our password only. */
export function redisSettings(folder: string, { port, password }: Pick<Server, 'port' | 'password'>): string {
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${quoted(join(folder, 'data'))}`,
    `pidfile ${quoted(join(folder, 'pid'))}`,
    `logfile ${quoted(join(folder, 'log'))}`,
    'daemonize yes',
    'appendonly yes',
  ]
  return `${lines.join('\n')}\n`
}

/** A word of that file: https://redis.io/docs/latest/operate/oss_and_stack/management/config/ */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
