import { Writable } from 'node:stream'
import { commands } from '../commands/index.ts'
import type { HerokuEnvironment, Project } from '../environments/environments.ts'
import { typedAs } from '../environments/typed.ts'
import { failure, ParityError, usageError } from '../errors.ts'
import type { Text } from '../line/command.ts'
import type { Globals } from '../line/parse.ts'
import type { Asked } from '../line/request.ts'
import { passthroughCall } from '../passthrough/passthrough.ts'
import { readingCommands } from '../passthrough/reading.ts'
import type { Call } from '../run/call.ts'
import type { Outcome } from '../run/outcome.ts'
import { isCall, type Prepared, plan } from '../run/plan.ts'
import { printPlan } from '../run/print.ts'
import { runSideBySide, statusNumber, worstOf } from '../run/side-by-side.ts'
import { harmlessJson } from '../terminal/harmless.ts'
import { prefixed, prefixes } from '../terminal/prefixed.ts'

type Understood = Exclude<Asked, { kind: 'help' }>

/**
 * Runs a command that only reads on several environments side by side: each line with its environment before it, or with `--json` one
 * line an environment. The outcome is the worst of them. Throws a usage error for a command that could change something.
 */
export async function runOnSeveral(
  asked: Understood,
  project: Project,
  environments: readonly HerokuEnvironment[],
  globals: Globals,
): Promise<Outcome> {
  refuseChanges(asked, environments)
  if (globals.json && globals.dryRun) throw usageError('`--json` and `--dry-run` cannot be combined', 'use one of them')
  const prepared = await Promise.all(environments.map((environment) => prepare(asked, project, environment)))
  const output = new Output()
  if (globals.dryRun) {
    for (const each of prepared)
      output.print('stdout', `${'text' in each ? each.text : printPlan(each.plan).join('\n')}\n`)
    return output.ending({ status: 0 })
  }
  const outcomes = await (globals.json ? asData : asLines)(environments, prepared, output)
  return output.ending(worstOf(outcomes))
}

/** The help of a command that is missing. */
export function severalHelp(typed: string): string {
  const own = commands.filter(({ reading }) => reading).map(({ name }) => name)
  return `Usage: parity [--json] all|ENVIRONMENT,ENVIRONMENT <command> [args...]

run a command that only reads on several environments at once; \`all\` are those
on Heroku

Commands: ${own.join(', ')}
Heroku's: ps, logs, config, config:get, releases, pg:info, addons, domains and
others that change nothing

Examples:
  ${typed} ps
  ${typed} config:get LANG
  parity --json production,staging releases`
}

function refuseChanges(asked: Understood, environments: readonly HerokuEnvironment[]): void {
  const word = asked.kind === 'own' ? asked.command.name : asked.word
  if (asked.kind === 'own' ? readsOnly(asked) : readingCommands.includes(word)) return
  const [first] = environments
  const line = first ? `${typedAs(first)} ${word}` : word
  if (environments.length === 1)
    throw usageError(`\`--json\` before a command is for those that only read, and \`${word}\` is none`, `\`${line}\``)
  throw usageError(
    `\`${word}\` is not known to only read, so it runs on one environment at a time`,
    `\`${line}\`, then the others`,
  )
}

function readsOnly({ command: { reading }, args }: Extract<Understood, { kind: 'own' }>): boolean {
  return typeof reading === 'function' ? reading(args) : reading === true
}

/** What a command of ours can't do on one environment is that one's failure; the others go on. */
async function prepare(
  asked: Understood,
  project: Project,
  environment: HerokuEnvironment,
): Promise<Prepared | Failed> {
  const { app, name } = environment
  if (asked.kind === 'other') return { plan: plan(passthroughCall(app, name, asked.word, asked.args)) }
  const { args, extra, options, command, globals } = asked
  const request = { project, environment, args, extra, options, dryRun: globals.dryRun ?? false }
  try {
    if (!command.heroku) throw new Error(`${command.name} has no handler for Heroku`)
    return await command.heroku.prepare(request)
  } catch (error) {
    if (!(error instanceof ParityError)) throw error
    return { text: '', status: error.status, failed: [error.message, error.hint].filter(Boolean).join('\n') }
  }
}

/** What a command prints, or why it does not. */
type Failed = Text & { readonly failed?: string }

async function asLines(
  environments: readonly HerokuEnvironment[],
  prepared: readonly (Prepared | Failed)[],
  output: Output,
): Promise<Outcome[]> {
  const names = environments.map(({ name }) => name)
  const [stdout, stderr] = [prefixes(names, 'stdout'), prefixes(names, 'stderr')]
  const streams = environments.map((_, index) => ({
    stdout: prefixed(stdout[index] ?? '', (lines, done) => output.print('stdout', lines, done)),
    stderr: prefixed(stderr[index] ?? '', (lines, done) => output.print('stderr', lines, done)),
  }))
  return Promise.all(runEach(prepared, streams, output.lost))
}

type Streams = { readonly stdout: Writable; readonly stderr: Writable }

function runEach(prepared: readonly (Prepared | Failed)[], streams: readonly Streams[], lost: AbortSignal) {
  const jobs = prepared.flatMap((each, index) => {
    const stream = streams[index]
    return 'text' in each || stream === undefined ? [] : [{ call: onlyCall(each), ...stream }]
  })
  const running = runSideBySide(jobs, lost)
  return prepared.map((each, index) =>
    'text' in each ? tell(each, streams[index]) : (running.shift() ?? tell({ text: '' }, undefined)),
  )
}

/** What only reads is one call. */
function onlyCall({ plan: { steps } }: Prepared): Call {
  const [step, ...others] = steps
  if (step === undefined || others.length > 0 || !isCall(step)) throw new Error('it is no single call')
  return step.call
}

async function tell({ text, failed, status = 0 }: Failed, streams: Streams | undefined): Promise<Outcome> {
  await Promise.all([
    new Promise<void>((resolve) => streams?.stdout.end(text === '' ? '' : `${text}\n`, resolve)),
    new Promise<void>((resolve) => streams?.stderr.end(failed === undefined ? '' : `${failed}\n`, resolve)),
  ])
  return { status }
}

/** In the order of the environments, each as soon as it and those before it have ended. */
async function asData(
  environments: readonly HerokuEnvironment[],
  prepared: readonly (Prepared | Failed)[],
  output: Output,
): Promise<Outcome[]> {
  const texts = environments.map(() => ({ stdout: new Kept(), stderr: new Kept() }))
  const running = runEach(prepared, texts, output.lost)
  for (const end of running) end.catch(() => {}) // heard in its turn
  const outcomes: Outcome[] = []
  for (const [index, { name, app }] of environments.entries()) {
    const outcome = (await running[index]) ?? { status: 0 }
    const { stdout, stderr } = texts[index] ?? { stdout: '', stderr: '' }
    const line = { environment: name, app, status: statusNumber(outcome), stdout: `${stdout}`, stderr: `${stderr}` }
    output.print('stdout', `${harmlessJson(JSON.stringify(line))}\n`)
    outcomes.push(outcome)
  }
  return outcomes
}

/** Keeps all that is written. */
class Kept extends Writable {
  readonly #chunks: Buffer[] = []

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk)
    done()
  }

  override toString(): string {
    return Buffer.concat(this.#chunks).toString()
  }
}

/** Our own output: a reader that has gone away ends everything by SIGPIPE, as it ends `git log`; so does a full device, by a failure. */
class Output {
  readonly #controller = new AbortController()
  readonly lost = this.#controller.signal
  #end: Outcome | ParityError | undefined

  constructor() {
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  }

  /** How all of it ends, given the outcome of what ran. Throws the failure of a full device. */
  ending(outcome: Outcome): Outcome {
    if (this.#end instanceof ParityError) throw this.#end
    return this.#end ?? outcome
  }

  print(name: 'stdout' | 'stderr', text: string | Buffer, done: () => void = () => {}): void {
    process[name].write(text, (error) => {
      if (error) this.#lose(error)
      done()
    })
  }

  #lose(error: NodeJS.ErrnoException): void {
    this.#end ??=
      error.code === 'EPIPE'
        ? { signal: 'SIGPIPE' }
        : failure(`cannot write the output: ${error.message}`, 'free some space, or write elsewhere')
    this.#controller.abort()
  }
}
