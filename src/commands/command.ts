import type { Environment, HerokuEnvironment, Project } from '../environments/environments.ts'
import type { Plan, Prepared } from '../run/plan.ts'

/** What a person typed, understood as far as the words go. */
export type Request<E extends Environment = Environment> = {
  readonly project: Project
  readonly environment: E
  /** The words after the command: operands of a command that reads options, everything byte for byte of one that forwards. */
  readonly args: readonly string[]
  /** What follows a `--` after the options of a command that has some. */
  readonly extra: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  readonly dryRun: boolean
}

type Words = {
  readonly name: string
  readonly aliases?: readonly string[]
  /** Its arguments, as --help shows them. */
  readonly usage: string
  readonly summary: string
  /** The programs it runs, as --help shows them. */
  readonly runs: string
  readonly examples: readonly string[]
}

/** An option of a command that reads its own: `--from FILE`, and what it means. */
export type Option = {
  readonly flags: string
  readonly summary: string
  /** Where alone it means something; everywhere unless said. */
  readonly where?: 'heroku' | 'local'
}

/** A command whose words all go to another program: parity's options are read only before it. */
export type ForwardingCommand = Words & {
  readonly kind: 'forwarding'
  readonly prepare: (request: Request<HerokuEnvironment>) => Plan | Promise<Plan>
}

/** A command with options of its own, in any position. */
export type OwnCommand = Words & {
  readonly kind: 'own'
  readonly where: readonly ('heroku' | 'local')[]
  readonly options: readonly Option[]
  readonly prepare: (request: Request) => Promise<Prepared>
}

/** A report that also says how things are, by its status. */
export type Judged = { readonly text: string; readonly status: number }

/** A command about this machine or about no environment: it prints data, or comes to a plan like any other. */
export type ReportCommand = Words & {
  readonly kind: 'report'
  readonly where: readonly ('parity' | 'local')[]
  readonly options: readonly Option[]
  readonly report: (request: Omit<Request, 'environment'>) => Promise<string | Judged | Prepared>
}

export type Command = ForwardingCommand | OwnCommand | ReportCommand
