import type { Addon, Formation } from '../heroku/inventory.ts'
import type { Release } from '../heroku/releases.ts'
import type { Installer } from '../postgres/installation.ts'
import type { Unseen } from '../run/inspect.ts'
import type { Image } from '../services/images.ts'

/** All that the report is made from. What is undefined was not seen, and `unseen` says why. */
export type Facts = {
  readonly now: Date
  readonly local: LocalFacts | undefined
  readonly apps: readonly AppFacts[]
  readonly git: GitFacts | undefined
  readonly unseen: readonly Unseen[]
}

/** One app on Heroku. */
export type AppFacts = {
  /** The environment's name; the app's own where it has none. */
  readonly name: string
  readonly app: string
  /** Whether `name` is one that can be typed: not so for an app of the pipeline that no environment means. */
  readonly typeable: boolean
  /** Where git pushes to. */
  readonly gitUrl: string
  readonly pipelineId: string | undefined
  readonly stage: string | undefined
  /** Oldest first. */
  readonly releases: readonly Release[] | undefined
  /** Where its code comes from: the branch that the configuration names for it. */
  readonly branch: string | undefined
  /** Where it is in the repository, by the configuration; undefined for the root. */
  readonly folder: string | undefined
  /** Build → what Heroku has as its commit; abbreviated where only a release's words told it, in full where this clone knows it. */
  readonly commits: ReadonlyMap<string, string>
  readonly stack: string | undefined
  /** What its next build will run on. */
  readonly nextStack: string | undefined
  readonly buildpacks: readonly string[] | undefined
  readonly addons: readonly Addon[] | undefined
  readonly formation: readonly Formation[] | undefined
  /** Names alone. */
  readonly configVars: readonly string[] | undefined
  /** Those of them that attachments bring: of databases, their pools and credentials, and add-ons of other apps. */
  readonly attachedVars: readonly string[]
  /** Version of the main database. */
  readonly postgres: string | undefined
  /** Of the main database, as its newest backup has them. */
  readonly extensions: readonly string[] | undefined
  /** Version of the first Redis or Key-Value Store. */
  readonly redis: string | undefined
}

/** This machine and the files of the project as they are in the working tree. */
export type LocalFacts = {
  readonly name: string
  /** The database that development works on, where that is none of Postgres. */
  readonly otherAdapter: { readonly adapter: string; readonly origin: string } | undefined
  readonly postgres: LocalPostgres | undefined
  /** Path from the root → text, of the files that say something about tools. */
  readonly files: Files
  /** Images of backing services that files pin. */
  readonly images: readonly Image[]
  /** The servers of `development services` that answer: `redis` 7.0.15. */
  readonly services: readonly { readonly engine: string; readonly version: string }[]
}

export type LocalPostgres = {
  readonly version: string
  readonly extensions: readonly string[]
  /** How `psql` gets there, without a password. */
  readonly address: string
  /** How programs get installed here. */
  readonly installer: Installer
}

export type Files = Readonly<Record<string, string>>

/** What the local clone knows. */
export type GitFacts = {
  /** The main branch, as its upstream had it at the last fetch. */
  readonly main: { readonly ref: string; readonly sha: string }
  /** When somebody last fetched here: what was pushed since then is not known. Undefined if no one ever did. */
  readonly fetchedAt: Date | undefined
  readonly shallow: boolean
  readonly remotes: readonly string[]
  /** The commits that were shipped lately, and those before them as far as they matter, by SHA. */
  readonly history: ReadonlyMap<string, Commit>
  /** Addresses that `.mailmap` says are others, of deployers and co-authors; git has applied it to authors. */
  readonly mailmap: ReadonlyMap<string, string>
  /** Environments whose shipped commits are not all in `history`: no number is made of them. */
  readonly cut: ReadonlySet<string>
  /** What runs where, by the name of the environment; nothing for one whose commit is not known here. */
  readonly positions: ReadonlyMap<string, Position>
}

export type Commit = {
  readonly sha: string
  readonly parents: readonly string[]
  readonly tree: string
  /** When it took this form: git's committer date. */
  readonly at: Date
  /** When it was written, in seconds since 1970: a rebase keeps that. */
  readonly written: number
  /** Author first, then co-authors, in lower case, by `.mailmap`. */
  readonly emails: readonly string[]
  readonly author: string
  readonly subject: string
}

/** The commit that runs in an environment, against the branch that its code comes from. */
export type Position = {
  readonly sha: string
  /** That branch, as its upstream had it at the last fetch. */
  readonly ref: string
  /** Commits of the branch that are not there, newest first; without merges, and without those whose change is there in another form. */
  readonly waiting: readonly Commit[]
  /** Commits that are there and not on the branch, newest first. */
  readonly ahead: readonly Commit[]
  /** Migrations that waiting commits add. */
  readonly migrations: readonly string[]
  /** The files about tools, as they are in that commit. */
  readonly files: Files
}
