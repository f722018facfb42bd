/** Why something could not be seen, and what leads out. */
export type Trouble = { readonly why: string; readonly hint: string | undefined }

export type Program = { readonly path: string; readonly version: string }

/** A program of the name of one of our bins. */
export type Copy = {
  readonly path: string
  /** Whose it is: parity's own, the Ruby gem's, or another program's. */
  readonly kind: 'parity' | 'gem' | 'other'
}

type AppSeen = {
  readonly stack: string
  /** `cedar` or `fir`. */
  readonly generation: string | undefined
  readonly postgres: string | undefined
}

export type SeenEnvironment = {
  readonly name: string
  readonly app: string
  readonly origin: string
  readonly isProtected: boolean
  /** Whether its name is a word of the shell's. */
  readonly isWord: boolean
  /** What Heroku says of its app; undefined where it was not asked. */
  readonly seen: AppSeen | Trouble | undefined
}

type SeenService = {
  readonly service: string
  readonly version: string
  readonly address: string
  readonly state: 'ready' | 'not answering' | 'stopped'
}

/** What `parity doctor` looked at. */
export type DoctorFacts = {
  readonly now: Date
  readonly node: string
  readonly bins: readonly { readonly name: string; readonly copies: readonly Copy[] }[]
  readonly heroku: Program | undefined
  readonly git: Program | undefined
  readonly variables: { readonly telemetryOff: boolean; readonly herokuApp: string | undefined }
  readonly login: { readonly account: string } | Trouble
  readonly inGit: boolean
  readonly configuration: { readonly file: string | undefined; readonly problem: Trouble | undefined }
  readonly environments: readonly SeenEnvironment[]
  readonly clients: readonly { readonly version: string; readonly major: number; readonly folder: string }[] | Trouble
  /** The local database; a version where its server answers. */
  readonly database:
    | {
        readonly address: string
        readonly origin: string
        /** Dotenv files that are there, but that no tool of the project reads. */
        readonly unread: readonly string[]
        readonly server: { readonly version: string } | Trouble
      }
    | { readonly adapter: string; readonly origin: string }
    | Trouble
  /** The servers that `development services` made here. */
  readonly services: readonly SeenService[] | Trouble
  /** What downloads left in the cache that will hardly go on. */
  readonly staleParts: readonly { readonly path: string; readonly bytes: number }[] | Trouble
  readonly container: 'not installed' | 'no engine' | 'no compose' | 'ready'
  readonly composeFiles: readonly string[]
  /** Private files that others may read. */
  readonly exposed: readonly string[]
}

export function isTrouble(value: object | undefined): value is Trouble {
  return value !== undefined && 'why' in value
}
