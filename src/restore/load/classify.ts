import type { TocEntry } from '../../postgres/archive.ts'

/** An error that pg_restore told of and went on. */
export type RestoreError = {
  /** The archive's entry that failed, as far as it was said. */
  readonly dumpId: number | undefined
  /** What it said, with the command that failed: one line or several. */
  readonly text: string
}

/** What a pg_restore's errors come to. */
export type Verdict = {
  /** Why an error does no harm, once for each such error. */
  readonly harmless: readonly string[]
  readonly errors: readonly RestoreError[]
}

/**
 * Errors that leave nothing out that a local database needs. The server may speak any language, so they are told by the command that
 * failed wherever that says enough; the rest is in English or counts as harm.
 */
const harmlessErrors: readonly { readonly pattern: RegExp; readonly why: (found: string) => string }[] = [
  {
    // pg_restore sets what its own release knows: transaction_timeout came with 17, default_with_oids went with 12.
    // https://www.postgresql.org/docs/17/release-17.html
    pattern:
      /^could not execute query: [^\n]*\nCommand was: SET (transaction_timeout|default_with_oids|default_table_access_method|idle_in_transaction_session_timeout|row_security|xmloption) = [^;\n]*;$/,
    why: (setting) => `this server has no setting ${setting}`,
  },
  {
    pattern: /^could not execute query: [^\n]*\nCommand was: COMMENT ON EXTENSION ([^\n]*?) IS /,
    why: (extension) => `only the owner of extension ${extension} may comment on it`,
  },
  {
    pattern: /^could not execute query: [^\n]*\nCommand was: COMMENT ON SCHEMA public IS /,
    why: () => 'only the owner of schema public may comment on it',
  },
  {
    pattern: /^could not execute query: ERROR: {2}role "([^\n]+)" does not exist\nCommand was: CREATE POLICY /,
    why: (role) => `a policy is for role ${role}, which is not here`,
  },
  {
    pattern:
      /^could not execute query: ERROR: {2}role "([^\n]+)" does not exist\nCommand was: (?:CREATE|ALTER) USER MAPPING /,
    why: (role) => `a user mapping is for role ${role}, which is not here`,
  },
]

/** An entry of an archive, as far as pg_restore's log names it. */
type Named = Pick<TocEntry, 'tag' | 'namespace' | 'description' | 'owner'>

/**
 * Reads what a pg_restore of 12 or newer wrote to stderr about an archive with such `entries` before it ended with status 1. `undefined`
 * when the errors that it counted are not those that were understood: then nothing is known to be harmless.
 */
export function judge(stderr: string, entries: readonly Named[] = []): Verdict | undefined {
  const errors = parseErrors(stderr, entries)
  const summary = /(?:^|\n)pg_restore: warning: errors ignored on restore: (\d+)\n?$/
  const counted = Number(summary.exec(untangled(stderr))?.[1] ?? 0)
  // With several jobs each is counted once or twice: where it came up, and by the process that collects them.
  if (counted === 0 || counted < errors.length || counted > 2 * errors.length) return undefined
  const judged = errors.map((error) => ({ error, why: whyHarmless(error) }))
  return {
    harmless: judged.flatMap(({ why }) => why ?? []),
    errors: judged.flatMap(({ error, why }) => (why === undefined ? [error] : [])),
  }
}

/** The errors in what a pg_restore wrote to stderr about an archive with such `entries`, in its order. */
export function parseErrors(stderr: string, entries: readonly Named[] = []): RestoreError[] {
  const errors: RestoreError[] = []
  let dumpId: number | undefined
  for (const message of hideLineBreaks(untangled(stderr), entries).split(/^pg_restore: /m)) {
    const entry = /^from TOC entry (\d+);/.exec(message)?.[1]
    if (entry !== undefined) dumpId = Number(entry)
    if (!message.startsWith('error: ')) continue
    errors.push({ dumpId, text: message.slice('error: '.length).replaceAll(hidden, '\n').trimEnd() })
  }
  return errors
}

/**
 * The log with one message after the other. Each job writes `pg_restore:` and its message one by one, so that two at once may stand there as
 * `pg_restore:pg_restore: creating …`, with the message of the first on the next line, behind a blank.
 */
function untangled(log: string): string {
  let awaited = 0
  const lines = log.split('\n').map((line) => {
    const [names = ''] = /^(?:pg_restore: ?)+(?=pg_restore: )/.exec(line) ?? []
    awaited += names.split('pg_restore:').length - 1
    if (names !== '') return line.slice(names.length)
    if (awaited === 0 || !/^ ?[a-z]/.test(line) || line.startsWith('pg_restore:')) return line
    awaited -= 1
    return `pg_restore: ${line.trimStart()}`
  })
  return lines.join('\n')
}

/** Stands for a line break in a name: no text of Postgres's has it. */
const hidden = '\0'

/**
 * The log without line breaks in names: pg_restore writes names as they are, with several jobs those of all entries, and a part of one
 * may look like a separate message. Only where something stands around the name that the log writes there: no name hides an error.
 */
function hideLineBreaks(log: string, entries: readonly Named[]): string {
  const phrases = entries.flatMap(phrasesWith).filter((phrase) => phrase.includes('\npg_restore: '))
  return [...new Set(phrases)]
    .sort((one, other) => other.length - one.length)
    .reduce((told, phrase) => told.replaceAll(phrase, () => phrase.replace(/\n(?!$)/g, hidden)), log)
}

/** As an entry is named: `finished item 7 TABLE users`, `creating TABLE "public.users"`, `ERROR:  relation "users"`. */
function phrasesWith({ description, tag, namespace, owner }: Named): string[] {
  const quoted = [tag, `${namespace}.${tag}`, tag.replaceAll('"', '""')].map((name) => `"${name}"`)
  return [` ${description} ${tag}\n`, ` ${description} ${tag} ${owner}\n`, ...quoted]
}

/**
 * Whether the archive itself could not be read, in the words of pg_restore or of what unpacks for it. What libpq calls invalid is a setting
 * of the connection.
 */
export function isDamage({ text }: RestoreError): boolean {
  return /^(?:could not (?:uncompress|decompress|read from input|read from file|find block|create LZ4|initialize)|unexpected|found unexpected|corrupt|unrecognized data block|error during (?:file )?seek|did not find magic|file offset in dump|bogus|invalid (?!\S+ value\b|port number|connection|URI)|unsupported)/i.test(
    text,
  )
}

/** Why an error does no harm; undefined for one that does, or may. */
export function whyHarmless({ text }: RestoreError): string | undefined {
  for (const { pattern, why } of harmlessErrors) {
    const found = pattern.exec(text)
    if (found) return why(found[1] ?? '')
  }
  return undefined
}
