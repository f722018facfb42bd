import type { AppFacts, Commit, Facts, LocalFacts, Position } from '../../../src/check/facts.ts'
import { judge } from '../../../src/check/report.ts'
import type { Release } from '../../../src/heroku/releases.ts'

/** Facts as the tests of the findings need them: whole ones in parity, of which each test changes what it is about. */

export const now = new Date('2026-03-31T12:00:00Z')

/** A commit on its parents, so many days before now. */
export function commit(sha: string, parents: readonly string[], days: number, more: Partial<Commit> = {}): Commit {
  const at = before(days)
  return {
    sha,
    parents,
    tree: `tree of ${sha}`,
    at,
    written: at.getTime() / 1000,
    emails: ['ada@acme.test'],
    author: 'Ada',
    subject: `Change ${sha}`,
    ...more,
  }
}

/** A release of a build, so many days before now. */
export function release(version: number, slug: string | undefined, days: number, more: Partial<Release> = {}): Release {
  const description = slug === undefined ? 'Initial release' : `Deploy ${slug}`
  return {
    version,
    slug,
    at: before(days),
    description,
    by: 'ada@acme.test',
    status: 'succeeded',
    outputUrl: undefined,
    image: undefined,
    ...more,
  }
}

export function before(days: number): Date {
  return new Date(now.getTime() - days * 86_400_000)
}

export function historyOf(...commits: Commit[]): Map<string, Commit> {
  return new Map(commits.map((commit) => [commit.sha, commit]))
}

export function app(name: string, more: Partial<AppFacts> = {}): AppFacts {
  return {
    name,
    app: `acme-${name}`,
    typeable: true,
    gitUrl: `https://git.heroku.com/acme-${name}.git`,
    branch: undefined,
    folder: undefined,
    pipelineId: 'pipeline',
    stage: name,
    releases: [],
    commits: new Map(),
    stack: 'heroku-24',
    buildpacks: ['heroku/ruby'],
    addons: [
      {
        name: `db-${name}`,
        service: 'heroku-postgresql',
        plan: 'essential-0',
        attached: false,
        configVars: ['DATABASE_URL'],
      },
    ],
    formation: [
      { type: 'web', quantity: 1 },
      { type: 'worker', quantity: 2 },
    ],
    configVars: ['DATABASE_URL', 'SECRET_KEY_BASE'],
    attachedVars: [],
    nextStack: undefined,
    postgres: '17.2',
    extensions: ['plpgsql', 'citext'],
    redis: undefined,
    ...more,
  }
}

export function local(more: Partial<LocalFacts> = {}): LocalFacts {
  return {
    name: 'development',
    otherAdapter: undefined,
    postgres: {
      version: '17.4',
      extensions: ['citext', 'plpgsql'],
      address: 'postgres://ada@localhost:5432/acme',
      installer: 'apt',
    },
    files: { Procfile: 'web: bin/web\nworker: bin/worker\nrelease: bin/release\n' },
    images: [],
    services: [],
    ...more,
  }
}

export function position(sha: string, more: Partial<Position> = {}): Position {
  return { sha, ref: 'origin/main', waiting: [], ahead: [], migrations: [], files: local().files, ...more }
}

export function facts(more: Partial<Facts> = {}): Facts {
  return {
    now,
    local: local(),
    apps: [app('staging'), app('production')],
    git: {
      main: { ref: 'origin/main', sha: 'f'.repeat(40) },
      fetchedAt: undefined,
      shallow: false,
      remotes: ['origin'],
      history: new Map(),
      mailmap: new Map(),
      cut: new Set(),
      positions: new Map([
        ['staging', position('a'.repeat(40))],
        ['production', position('a'.repeat(40))],
      ]),
    },
    unseen: [],
    ...more,
  }
}

const printed = new Set<string>()

/** Every line of a command that reports have held since this was last called, as text; `test/e2e` lets the Heroku CLI parse each. */
export function printedLines(): string {
  const lines = [...printed].sort()
  printed.clear()
  return `${lines.join('\n')}\n`
}

/** The report; the lines of its commands are remembered. */
export function judged(...args: Parameters<typeof judge>): ReturnType<typeof judge> {
  const report = judge(...args)
  for (const { command } of report.findings) for (const line of command?.split('\n') ?? []) printed.add(line)
  return report
}

/** What the report finds: severity and id, the sentence, and the command. */
export function found(
  facts: Facts,
  settings: Parameters<typeof judge>[1] = {},
): [string, string, string | undefined][] {
  return judged(facts, settings, []).findings.map(({ id, severity, says, command }) => [
    `${severity} ${id}`,
    says,
    command,
  ])
}
