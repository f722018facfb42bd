import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'

/**
 * Asks on the terminal, which is left as it is: a Ctrl-C there is a signal like any other, and a Ctrl-D no answer. Rejects when the
 * signal is aborted. A question that cannot be read is answered by nothing.
 */
export async function ask(question: string, signal: AbortSignal): Promise<string> {
  if (!process.stderr.isTTY) return ''
  const terminal = createInterface({ input: process.stdin, output: process.stderr, terminal: false })
  try {
    const answer = terminal.question(question, { signal })
    return (await Promise.race([answer, once(terminal, 'close').then(() => '')])).trim()
  } finally {
    terminal.close()
  }
}
