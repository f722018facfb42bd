import { reservedNames } from './names.ts'

/** An app that is known before there is a configuration. */
export type KnownApp = {
  readonly app: string
  /** The git remote that leads to it. */
  readonly remote?: string
  /** Its stage in the pipeline. */
  readonly stage?: string
}

export type FirstEnvironment = { readonly name: string; readonly app: string; readonly isProtected: boolean }

/**
 * What to call these apps: as the git remote, if that says more than `heroku`; else by the stage, where one app alone is in it; else by what
 * the app's name has beyond what all of them begin with. No name is used twice, and none that parity needs.
 */
export function nameApps(apps: readonly KnownApp[]): FirstEnvironment[] {
  const known = new Map<string, KnownApp>()
  for (const one of apps) known.set(one.app, { ...known.get(one.app), ...one })
  const all = [...known.values()]
  const common = commonStart(all.map(({ app }) => app))
  const named = new Map<string, FirstEnvironment>()
  for (const one of [...all].sort((a, b) => Number(isCalled(b)) - Number(isCalled(a)))) {
    const name = candidates(one, all, common).find((word) => isFree(word) && !named.has(word)) ?? one.app
    named.set(name, { name, app: one.app, isProtected: one.stage === 'production' && name !== 'production' })
  }
  return all.flatMap(({ app }) => [...named.values()].filter((environment) => environment.app === app))
}

function isCalled({ remote }: KnownApp): boolean {
  return remote !== undefined && remote !== 'heroku' && remote !== 'origin'
}

function candidates(one: KnownApp, all: readonly KnownApp[], common: string): string[] {
  const { app, remote, stage } = one
  const alone = stage !== undefined && all.filter((other) => other.stage === stage).length === 1
  return [
    ...(isCalled(one) && remote !== undefined ? [remote] : []),
    ...(alone && (stage === 'production' || stage === 'staging') ? [stage] : []),
    app.slice(common.length),
    app,
  ]
}

function isFree(name: string): boolean {
  return /^\w[\w-]*$/.test(name) && !reservedNames.has(name) && name !== 'development'
}

/** `acme-` of `acme-production` and `acme-staging`; nothing where one app alone is known. */
function commonStart(names: readonly string[]): string {
  const [first = '', ...others] = names
  if (others.length === 0) return ''
  const parts = first.split('-')
  const shared = parts.findIndex(
    (_, at) => !others.every((name) => name.startsWith(`${parts.slice(0, at + 1).join('-')}-`)),
  )
  return shared <= 0 ? '' : `${parts.slice(0, shared).join('-')}-`
}

/** The text of a first `.parityrc`; `schema` is the path of the JSON Schema for editors, where it is at hand. */
export function firstConfiguration(environments: readonly FirstEnvironment[], schema: string | undefined): string {
  const lines = environments.map(({ name, app, isProtected }) =>
    isProtected ? `  ${name}: { app: ${app}, protected: true }` : `  ${name}: ${app}`,
  )
  return [
    ...(schema === undefined ? [] : [`# yaml-language-server: $schema=${schema}`]),
    '# What you type → which Heroku app is meant: `staging logs`, `parity demo logs`.',
    'environments:',
    ...(lines.length > 0 ? lines : ['  # production: acme-production', '  # demo: acme-demo']),
    '',
  ].join('\n')
}
