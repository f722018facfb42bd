import type { Environment, Project } from '../environments/environments.ts'
import { ParityError } from '../errors.ts'
import type { Command, Request, Text } from '../line/command.ts'
import { isWatched, reportStyleOf } from '../line/options.ts'
import type { Globals } from '../line/parse.ts'
import type { Asked } from '../line/request.ts'
import { execute } from '../run/execute.ts'
import { type Outcome, succeeded } from '../run/outcome.ts'
import type { Prepared } from '../run/plan.ts'
import { printPlan } from '../run/print.ts'
import type { ReportStyle } from '../terminal/reporter.ts'
import { print, printLines, printText } from './print.ts'

/** Prepares a command of parity's own in its environment, if it has one, and runs what comes of it. */
export async function runOwn(
  { command, globals, args, extra, options }: Extract<Asked, { kind: 'own' }>,
  project: Project,
  environment: Environment | undefined,
): Promise<Outcome> {
  const request = { project, args, extra, options, dryRun: globals.dryRun ?? false }
  const style = isWatched(command) ? reportStyleOf(request) : undefined
  return tellingFailure(style, async () => {
    const isNoticed = style === undefined || (!style.json && style.verbosity !== 'quiet')
    const prepared = async () => {
      try {
        return await prepare(command, request, environment)
      } catch (error) {
        return explained(project, error)
      }
    }
    const waited = () =>
      isNoticed ? noticed(waitedFor(command, environment), prepared, command.takesLong) : prepared()
    return finish(await (isWatched(command) ? tellingSignal(style, waited) : waited()), globals, style)
  })
}

/** Throws the error, in the words of this project where it is about one of its apps. */
async function explained(project: Project, error: unknown): Promise<never> {
  const { missingAppExplainer } = await import('../environments/missing-app.ts')
  throw await missingAppExplainer(project)(error)
}

/** What takes a while and has changed nothing yet says so where a signal ends it. */
async function tellingSignal<T>(style: ReportStyle | undefined, work: () => Promise<T>): Promise<T> {
  const [{ endingBy }, { report }, { tellEvent }] = await Promise.all([
    import('../run/watch-signals.ts'),
    import('../terminal/report.ts'),
    import('../terminal/events.ts'),
  ])
  const tell = (signal: NodeJS.Signals) => {
    report.error(`interrupted by ${signal}`)
    report.hint('nothing was changed yet')
    if (style?.json) tellEvent('failed', { signal })
  }
  return endingBy(tell, work)
}

/** What a command asks before it begins. */
function waitedFor({ name }: Command, environment: Environment | undefined): string {
  return environment?.kind === 'local' && name !== 'restore' ? 'Postgres' : 'Heroku'
}

/** The work, with a line on the terminal while it takes long. */
export async function noticed<T>(what: string, work: () => Promise<T>, takesLong = false): Promise<T> {
  if (!process.stderr.isTTY) return work()
  const { whileWaiting } = await import('../terminal/waiting.ts')
  return whileWaiting(what, work, takesLong)
}

/** What the command's handler for the kind of environment makes of it. */
function prepare(
  { heroku, local, parity }: Command,
  request: Omit<Request, 'environment'>,
  environment: Environment | undefined,
): Prepared | Text | Promise<Prepared | Text> {
  if (environment?.kind === 'heroku' && heroku) return heroku.prepare({ ...request, environment })
  if (environment?.kind === 'local' && local) return local.prepare({ ...request, environment })
  if (environment === undefined && parity) return parity.prepare({ ...request, environment })
  throw new Error('the command was not found here')
}

/** Where events are wanted, the last one says how it ended. */
async function tellingFailure(style: ReportStyle | undefined, run: () => Promise<Outcome>): Promise<Outcome> {
  if (!style?.json) return run()
  const { tellEvent } = await import('../terminal/events.ts')
  try {
    const outcome = await run()
    if (!succeeded(outcome)) tellEvent('failed', outcome)
    return outcome
  } catch (error) {
    if (error instanceof ParityError)
      tellEvent('failed', { status: error.status, message: error.message, hint: error.hint })
    throw error
  }
}

/** Prints what was prepared, or runs it: the one place where a plan is printed instead. */
export async function finish(prepared: Prepared | Text, globals: Globals, style?: ReportStyle): Promise<Outcome> {
  if ('text' in prepared) return (prepared.isProse ? printText : print)(prepared.text, prepared.status)
  const outcome = await runPlan(prepared, globals, style)
  if (!prepared.next || globals.dryRun || !succeeded(outcome)) return outcome
  return finish(await prepared.next(), globals, style)
}

async function runPlan(prepared: Prepared, globals: Globals, style: ReportStyle | undefined): Promise<Outcome> {
  try {
    if (globals.dryRun) return await printLines(printPlan(prepared.plan).join('\n'))
    return await execute(prepared.plan, prepared.handlers, style)
  } finally {
    await prepared.dispose?.()
  }
}
