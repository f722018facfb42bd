import type { HerokuEnvironment, LocalEnvironment, Project } from '../environments/environments.ts'
import type { Prepared } from '../run/plan.ts'

/** Where a command can be typed: on an app, on this machine, or after `parity`. */
export type Place = 'heroku' | 'local' | 'parity'

/** What a person typed, understood as far as the words go. `Where` is the environment, or undefined after `parity`. */
export type Request<Where = HerokuEnvironment | LocalEnvironment | undefined> = {
  readonly project: Project
  readonly environment: Where
  /** The words after the command: operands of a command that reads options, everything byte for byte of one that forwards. */
  readonly args: readonly string[]
  /** What follows a `--` after the options of a command that reads some. */
  readonly extra: readonly string[]
  readonly options: Options
  readonly dryRun: boolean
}

export type Options = Readonly<Record<string, string | boolean | undefined>>

/** Data that a command prints; its status is 0 unless it judges something. */
export type Text = {
  readonly text: string
  readonly status?: number
  /** It is for people, and may be broken between words where a terminal is narrower. */
  readonly isProse?: boolean
}

/** What completion offers for a word: these very words, or what there is of a kind; files are the shell's to offer. */
export type Candidates =
  | readonly string[]
  | 'environments'
  | 'sources'
  | 'snapshots'
  | 'backups'
  | 'cached apps'
  | 'links'
  | 'files'

/** An option of a command that reads its own: `--from FILE`, and what it means. */
export type Option = {
  readonly flags: string
  readonly summary: string
  /** What its value can be. */
  readonly values?: Candidates
  /** The only place where the option is valid; everywhere if omitted. */
  readonly where?: 'heroku' | 'local'
  /** Understood, to be answered; not shown. */
  readonly hidden?: true
}

/** What a command does in one place. */
type Handler<Where> = {
  /** Whether it reads its own options, in any position, or forwards all its words to another program. */
  readonly words: 'read' | 'forwarded'
  /** Its arguments, as --help shows them. */
  readonly usage: string
  /** The programs it runs, as --help shows them. */
  readonly runs: string
  readonly prepare: (request: Request<Where>) => Prepared | Text | Promise<Prepared | Text>
}

/** A command of parity's own, with a handler for each place where it can be typed. */
export type Command = {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  /** It changes nothing, and asks nothing: it may run on several environments at once, always or with these words. */
  readonly reading?: true | ((args: readonly string[]) => boolean)
  readonly options: readonly Option[]
  /** What its operands can be, one after the other; of environments and links there can be several. */
  readonly operands?: readonly Candidates[]
  readonly examples: readonly string[]
  /** It is of use also where the configuration has mistakes. */
  readonly worksWithoutConfiguration?: boolean
  /** It always takes so long that a terminal is told at once what is waited for. */
  readonly takesLong?: boolean
  readonly heroku?: Handler<HerokuEnvironment>
  readonly local?: Handler<LocalEnvironment>
  readonly parity?: Handler<undefined>
}

/** The options that a command has in `place`. */
export function optionsIn({ options }: Command, place: Place): readonly Option[] {
  return options.filter(({ where }) => where === undefined || where === place)
}

/** The command that `word` names in `place`; `restore_from` is `restore-from`, as in the gem. */
export function findCommand(commands: readonly Command[], word: string, place: Place): Command | undefined {
  const name = word.replaceAll('_', '-')
  return commands.find(
    (command) => command[place] !== undefined && (command.name === name || command.aliases?.includes(name)),
  )
}
