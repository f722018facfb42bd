import { PassThrough, type Readable } from 'node:stream'

export type LogLine = { number: number; text: string; source: string; dyno: string }
export type LogFilter = { lines: number; tail: boolean; dyno?: string | undefined; source?: string | undefined }

/** The log of one app: what happened, and a request to the web dyno every now and then while somebody watches. */
export class LogBook {
  readonly #lines: LogLine[] = []
  readonly #watchers = new Set<(line: LogLine) => void>()

  /** Writes a line; source is `app` or `heroku`, dyno such as `web.1`, `router`, `api`. */
  add(source: string, dyno: string, message: string, at = new Date()): void {
    const text = `${at.toISOString().replace('Z', '000+00:00')} ${source}[${dyno}]: ${message}`
    const line = { number: this.#lines.length + 1, text, source, dyno }
    this.#lines.push(line)
    for (const tell of this.#watchers) tell(line)
  }

  /** The lines as Logplex streams them, as server-sent events. */
  stream(filter: LogFilter): Readable {
    const events = new PassThrough()
    events.write('retry: 1\n\n') // or the CLI lingers 3 s after the last line
    const chosen = this.#lines.filter((line) => matches(line, filter)).slice(-filter.lines)
    for (const line of chosen) events.write(event(line))
    if (filter.tail) this.#follow(events, filter)
    else events.end()
    return events
  }

  #follow(events: PassThrough, filter: LogFilter): void {
    const tell = (line: LogLine) => {
      if (matches(line, filter)) events.write(event(line))
    }
    const visitor = setInterval(() => this.#visit(), 1000)
    this.#watchers.add(tell)
    events.on('close', () => {
      clearInterval(visitor)
      this.#watchers.delete(tell)
    })
  }

  #visit(): void {
    const path = `/articles/${1 + (this.#lines.length % 97)}`
    this.add('heroku', 'router', `at=info method=GET path="${path}" dyno=web.1 connect=0ms service=12ms status=200`)
  }
}

function matches(line: LogLine, { dyno, source }: LogFilter): boolean {
  const dynoFits = dyno === undefined || line.dyno === dyno || line.dyno.startsWith(`${dyno}.`)
  return dynoFits && (source === undefined || line.source === source)
}

function event({ number, text }: LogLine): string {
  return `id: ${number}\ndata: ${text}\n\n`
}
