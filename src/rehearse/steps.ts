import { readHead } from '../dumps/stream.ts'
import { UselessDump } from '../dumps/useless-dump.ts'
import { ParityError } from '../errors.ts'
import { onDatabase, readServer } from '../postgres/catalog.ts'
import { connectionUrl } from '../postgres/connection-url.ts'
import { connect, type Session } from '../postgres/server.ts'
import { readContents } from '../restore/contents.ts'
import { nameOf } from '../restore/load/missing.ts'
import { selectEntries } from '../restore/load/selection.ts'
import { after } from '../restore/steps/after.ts'
import { analyze } from '../restore/steps/analyze.ts'
import { create } from '../restore/steps/create.ts'
import { download } from '../restore/steps/download.ts'
import { finish } from '../restore/steps/finish.ts'
import { load } from '../restore/steps/load.ts'
import { refresh } from '../restore/steps/refresh.ts'
import { forgetUseless, openedDump, type Restoring, type Work } from '../restore/steps/restoring.ts'
import { scrub, scrubFiles } from '../restore/steps/scrub.ts'
import type { StepDefinition } from '../restore/steps/step.ts'
import type { Call } from '../run/call.ts'
import { mustFind } from '../run/lookup.ts'
import { succeeded } from '../run/outcome.ts'
import { shellLine } from '../run/print.ts'
import { environmentOf } from '../run/replace.ts'
import { waitFor } from '../run/wait.ts'
import type { Server } from '../services/folder.ts'
import type { Installed } from '../services/native/programs.ts'
import { printable } from '../terminal/harmless.ts'
import type { Finding, Part } from './report.ts'
import { makeServer, removeServer, startServer, throwIfFull } from './server.ts'
import { settingsIn, unknownSetting } from './settings.ts'

/** What the steps of a rehearsal work with. What they find is collected in `found`, and read when the plan has run. */
export type Rehearsing = Work & {
  readonly root: string
  readonly server: Server
  readonly installed: Installed
  /** Rehearsals of before, which go first. */
  readonly earlier: readonly string[]
  readonly found: Found
}

export type Found = {
  readonly parts: Part[]
  readonly findings: Finding[]
  from: string
  /** The backup could not be loaded, so nothing can be tried on it. */
  broken: boolean
}

type Step = StepDefinition<Rehearsing, Rehearsing, Partial<Rehearsing>>

/** The steps of a rehearsal, in order: the restore's own, on a server that is made for it, and what the project runs on it. */
export function rehearsalSteps(given: Restoring, command: readonly string[], keep: boolean): readonly Step[] {
  return [
    clear,
    make,
    start,
    asIs(download),
    check,
    part(create, 'load'),
    part(load, 'load'),
    part(scrub, 'scrub'),
    ...scrubFiles(given).map(({ call }, index) => program(call, `scrub file ${index + 1}`, 'scrub')),
    part(refresh, 'scrub'),
    part(finish, 'load'),
    ...after(given).map(({ call }, index) => program(call, `after ${index + 1}`, 'command')),
    part(analyze, 'load'),
    ...(command.length === 0 ? [] : [program(commandCall(given, command), 'command', 'command')]),
    keep ? leave : remove,
  ]
}

const clear: Step = {
  effect: 'clear',
  describe: ({ earlier }) =>
    earlier.length === 0 ? undefined : `clear: ${earlier.map((name) => `.parity/${name}`).join(', ')}, of before`,
  async run({ root, earlier }) {
    for (const name of earlier) await removeServer(root, name)
    return undefined
  },
}

const make: Step = {
  effect: 'make',
  describe: ({ server: { key, version } }) => `make: Postgres ${version} in .parity/${key}`,
  async run({ root, server, installed }) {
    await makeServer(root, server, installed)
    return undefined
  },
}

const start: Step = {
  effect: 'start',
  describe: ({ server: { port, version } }) => `start: Postgres ${version} on 127.0.0.1:${port}`,
  async run({ root, server, installed, facts }, signal) {
    await startServer(root, server, installed, signal)
    const session = await connect(onDatabase(facts.connection, facts.maintenance), 'parity rehearse')
    return { session, facts: { ...facts, server: await readServer(session) } }
  },
}

/** Reads what the dump holds. Extensions and settings that are not here are found, and left out with what needs them. */
const check: Step = {
  effect: 'check',
  describe: ({ facts: { source } }) => `check: ${printable(source.file)} is an archive that this server can restore`,
  async run({ facts, options, dump, found, session }) {
    return forgetUseless(openedDump(dump), async ({ file }) => {
      const { archive } = await readHead(file, 'the backup')
      const { role, extensions } = facts.server
      const known = { availableExtensions: extensions, roleIsSuperuser: role.superuser }
      const { problems, extensionsLeftOut } = selectEntries(archive, { ...known, ...options })
      found.from = archive.serverVersion.split(' ')[0] ?? ''
      const unneeded = extensionsLeftOut.filter((name) => !options.skipExtensions.includes(name))
      const missing = [
        ...problems.map(({ name, why, neededBy }) => `extension ${name} ${why}; without it: ${neededBy.join(', ')}`),
        ...unneeded.map((name) => `extension ${name} is not installed on this server; no table needs it`),
      ]
      const fix = 'install it here for this major, or see whether Heroku has it there'
      found.findings.push(...missing.map((what) => ({ kind: 'extension' as const, what, fix })))
      const skipExtensions = [...options.skipExtensions, ...problems.map(({ name }) => name)]
      const gone = await unknownSettings(session, settingsIn(archive.entries))
      found.findings.push(...gone.map(unknownSetting))
      const allowMissing = [...options.allowMissing, ...gone.flatMap(({ entry }) => (entry ? [nameOf(entry)] : []))]
      const without = { ...options, skipExtensions, allowMissing }
      return { options: without, contents: await readContents(file, 'the backup', facts.server, without) }
    })
  },
}

/** Those of `settings` that the server does not know, by their names of today and before. */
async function unknownSettings<Setting extends { readonly name: string }>(
  session: Session,
  settings: readonly Setting[],
): Promise<Setting[]> {
  const rows = await session.query<{ name: string }>(
    'SELECT DISTINCT name FROM unnest($1::text[]) AS name WHERE current_setting(name, true) IS NULL',
    [settings.map(({ name }) => name)],
  )
  return settings.filter((setting) => rows.some(({ name }) => name === setting.name))
}

/** Stops the server and removes all of it. */
export const remove: Step = {
  effect: 'remove',
  describe: ({ server: { key } }) => `remove: .parity/${key}`,
  async run({ root, server, session, dump }) {
    await dump?.stop(new ParityError(1, 'the rehearsal has ended'))
    await session.close()
    await removeServer(root, server.key)
    return undefined
  },
}

/** Leaves the server as it is. */
const leave: Step = {
  effect: 'keep',
  describe: ({ server: { key } }) => `keep: .parity/${key}`,
  async run({ session }) {
    await session.close()
    return undefined
  },
}

/** A step of the restore, as it is. */
function asIs({ run, ...step }: StepDefinition<Restoring, Work, Partial<Work>>): Step {
  return { ...step, run: (work, signal, reporter) => run(work, signal, reporter) }
}

/** A step of the restore: what it fails with is found, unless the reason is this machine, and what follows does not run. */
function part({ run, ...step }: StepDefinition<Restoring, Work, Partial<Work>>, kind: Finding['kind']): Step {
  return {
    ...step,
    async run(work, signal, reporter) {
      const { found } = work
      if (found.broken) return undefined
      return timed(found, step.effect, async () => {
        try {
          return { gain: await run(work, signal, reporter), state: 'ok' as const }
        } catch (error) {
          signal.throwIfAborted()
          if (!(error instanceof ParityError) || isOfThisMachine(error)) throw error
          await throwIfFull(work.root, work.server, error.message)
          found.broken = true
          found.findings.push({ kind, what: error.message })
          return { gain: undefined, state: 'failed' as const }
        }
      })
    },
  }
}

/** A program of the project on the new database. Its output goes to stderr, so that stdout is the report. */
function program(call: Call, effect: string, kind: Finding['kind']): Step {
  const line = shellLine({ program: call.program, args: call.args })
  return {
    effect,
    asks: true,
    describe: () => `run: ${line}`,
    async run({ found, root, server }, signal) {
      if (found.broken) {
        found.parts.push({ name: line, milliseconds: 0, state: 'not run' })
        return undefined
      }
      return timed(found, line, async () => {
        const file = mustFind(call.program)
        signal.throwIfAborted()
        const outcome = await waitFor(file, call, environmentOf(call, file), { stdout: 'stderr' })
        if (succeeded(outcome)) return { gain: undefined, state: 'ok' }
        await throwIfFull(root, server, '')
        const end = 'status' in outcome ? `failed with status ${outcome.status}` : `was ended by ${outcome.signal}`
        found.findings.push({ kind, what: `\`${line}\` ${end}` })
        return { gain: undefined, state: 'failed' }
      })
    },
  }
}

async function timed<Gain>(
  { parts }: Found,
  name: string,
  work: () => Promise<{ readonly gain: Gain; readonly state: Part['state'] }>,
): Promise<Gain> {
  const begun = performance.now()
  const { gain, state } = await work()
  parts.push({ name, milliseconds: Math.round(performance.now() - begun), state })
  return gain
}

/** Whether an error says nothing of the new major: a damaged dump, a full disk, a server that went away. */
function isOfThisMachine(error: ParityError): boolean {
  return (
    error instanceof UselessDump ||
    error.status !== 1 ||
    /^the disk of |out of memory|connection to Postgres broke|cannot connect to/.test(error.message)
  )
}

/** COMMAND, where it was typed; in all else as a command of `restore.after`. */
function commandCall({ facts, options }: Restoring, words: readonly string[]): Call {
  const [step] = after({ facts, options: { ...options, after: [words] } })
  if (step === undefined) throw new Error('there is a command')
  return step.call
}

/** The address of the database that was made. */
export function databaseUrl({ connection, names }: Restoring['facts']): string {
  return connectionUrl(onDatabase(connection, names.incoming))
}
