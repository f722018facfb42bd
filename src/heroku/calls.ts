import { type Call, call } from '../run/call.ts'

/** The argv of the Heroku CLI for our own commands. */

/**
 * A one-off dyno that runs `command` and ends with its status: words, which arrive as they are, or a line for the dyno's shell.
 * `options` are those of `heroku run`. What is piped into it (`hasTerminal` is false) goes to a dyno without a terminal: one with it never
 * sees the end of its input, and changes the bytes.
 */
export function runOnDyno(
  app: string,
  options: readonly string[],
  command: string | readonly string[],
  hasTerminal: boolean,
): Call {
  const noTerminal = hasTerminal || options.includes('--no-tty') ? [] : ['--no-tty']
  const before = ['run', '--exit-code', '--app', app, ...noTerminal, ...options, '--']
  return call('heroku', ...before, ...dynoArguments(before, command))
}

/** A new backup of the app's database. */
export function captureBackup(app: string, args: readonly string[] = []): Call {
  return call('heroku', 'pg:backups:capture', '--app', app, ...args)
}

/** The log of the app as it is written. */
export function tailLogs(app: string, args: readonly string[] = []): Call {
  return call('heroku', 'logs', '--tail', '--app', app, ...args)
}

/** psql on the app's database. */
export function psql(app: string, args: readonly string[] = []): Call {
  return call('heroku', 'pg:psql', '--app', app, ...args)
}

/** New dynos for the app: they see what a migration changed. */
export function restartDynos(app: string): Call {
  return call('heroku', 'ps:restart', '--app', app)
}

/** psql does what a file of SQL says, on the app's main database or another one. */
export function psqlFile(app: string, file: string, database?: string): Call {
  return call('heroku', 'pg:psql', ...(database ? [database] : []), '--app', app, '--file', file)
}

/** Maintenance mode: visitors get a page that says so, and no request reaches the app. */
export function setMaintenance(app: string, mode: 'on' | 'off'): Call {
  return call('heroku', `maintenance:${mode}`, '--app', app)
}

/** An empty database: `database` is the name of an attachment, by default the app's main one; `args` are the command's own. */
export function resetDatabase(app: string, database?: string, args: readonly string[] = []): Call {
  return call('heroku', 'pg:reset', ...(database ? [database] : []), '--app', app, '--confirm', app, ...args)
}

/** Backup `backupId` of the app `source` (`b001`; an empty id: its newest) into `database` of the app `target`, from Heroku to Heroku; `args` are the command's own. */
export function restoreBackup(
  target: string,
  source: string,
  backupId: string,
  database = 'DATABASE_URL',
  args: readonly string[] = [],
): Call {
  const backup = `${source}::${backupId}`
  return call('heroku', 'pg:backups:restore', backup, database, '--app', target, '--confirm', target, ...args)
}

/** The local database into the (empty) `database` of `app`. `localUrl` holds no password: that travels in the call's `secrets`. */
export function pushDatabase(app: string, localUrl: string, database = 'DATABASE_URL'): Call {
  return call('heroku', 'pg:push', localUrl, database, '--app', app)
}

/** Words that are the same for a shell, quoted or not. */
const plainWord = /^[\w@%+=:,./-]+$/

/**
 * The arguments behind `--` for a command. The CLI joins several words with blanks and quotes too few of them; and words before
 * `--`, its own path included, that are equal to one behind it end up in the command too (heroku 11.10, revertSortedArgs:
 * `heroku run -- npm run build` runs `run npm run build`). So a command goes as one line, unless all its words are plain and
 * unlike any before.
 */
function dynoArguments(before: readonly string[], command: string | readonly string[]): readonly string[] {
  const mistakable = (word: string) => before.includes(word) || word.startsWith('/')
  if (typeof command !== 'string' && command.every((word) => plainWord.test(word) && !mistakable(word))) return command
  const line = typeof command === 'string' ? command : command.map(quoted).join(' ')
  return [mistakable(line) && !line.includes(' ') ? `${line} ` : line]
}

function quoted(word: string): string {
  return plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
