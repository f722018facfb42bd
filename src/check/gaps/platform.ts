import type { AppFacts, Facts } from '../facts.ts'
import { allOf, count, type Finding, type Look } from '../findings.ts'
import { onEnvironment } from './commands.ts'
import { languageLook } from './languages.ts'
import { processTypes } from './procfile.ts'
import { othersThan, referenceOf } from './reference.ts'
import { base, row, unique } from './shapes.ts'

/** What the code runs on: languages, stack, buildpacks, processes, and the names of its configuration. */
export function platform(facts: Facts): Look {
  const reference = referenceOf(facts.apps)
  if (reference === undefined) return { rows: [], findings: [] }
  return allOf([
    languageLook(facts, reference),
    stackLook(facts, reference),
    buildpackLook(facts, reference),
    processLook(facts),
    configLook(facts, reference),
  ])
}

function stackLook({ apps }: Facts, reference: AppFacts): Look {
  const findings = othersThan(reference, apps).flatMap((app): Finding[] => {
    if (app.stack === undefined || reference.stack === undefined || app.stack === reference.stack) return []
    return [
      {
        ...base(`stack.${app.name}`, 'gap'),
        says: `${app.name} runs on ${app.stack}, ${reference.name} on ${reference.stack}`,
        where: { [app.name]: app.stack, [reference.name]: reference.stack },
        command: onEnvironment(app, 'stack:set', reference.stack),
      },
    ]
  })
  return {
    rows: [
      row(
        'stack',
        'stack',
        apps.map(({ name, stack }) => [name, stack]),
      ),
    ],
    findings,
  }
}

function buildpackLook({ apps }: Facts, reference: AppFacts): Look {
  const wanted = reference.buildpacks
  const findings = othersThan(reference, apps).flatMap((app): Finding[] => {
    if (app.buildpacks === undefined || wanted === undefined || app.buildpacks.join() === wanted.join()) return []
    return [
      {
        ...base(`buildpacks.${app.name}`, 'gap'),
        says: `${app.name} is built by ${list(app.buildpacks)}, ${reference.name} by ${list(wanted)}`,
        where: { [app.name]: list(app.buildpacks), [reference.name]: list(wanted) },
        command: onEnvironment(app, ...buildpackCommand(app.buildpacks, wanted)),
      },
    ]
  })
  return {
    rows: [
      row(
        'buildpacks',
        'buildpacks',
        apps.map(({ name, buildpacks }) => [name, buildpacks && list(buildpacks)]),
      ),
    ],
    findings,
  }
}

/** One step on the way: the first that is missing is added at its place, the first that is too many removed. */
function buildpackCommand(has: readonly string[], wanted: readonly string[]): [string, ...string[]] {
  const at = wanted.findIndex((buildpack) => !has.includes(buildpack))
  if (at >= 0) return ['buildpacks:add', '--index', String(at + 1), wanted[at] ?? '']
  const extra = has.find((buildpack) => !wanted.includes(buildpack))
  return extra === undefined ? ['buildpacks:clear'] : ['buildpacks:remove', extra]
}

/** Process types of the Procfile that run nowhere on an app. A release phase is none: it runs with each release. */
function processLook({ local, apps, git }: Facts): Look {
  const here = local && processTypes(local.files.Procfile ?? '')
  const findings = apps.flatMap((app) => {
    const types = processTypes(git?.positions.get(app.name)?.files.Procfile ?? local?.files.Procfile ?? '')
    return types.flatMap((type) => idle(type, app))
  })
  const running = ({ formation }: AppFacts) =>
    formation
      ?.filter(({ quantity }) => quantity > 0)
      .map(({ type, quantity }) => `${type}=${quantity}`)
      .join(' ')
  const cells = [
    ...(here ? [[local.name, here.join(' ') || undefined] as const] : []),
    ...apps.map((app) => [app.name, running(app)] as const),
  ]
  return { rows: [row('processes', 'processes', cells)], findings }
}

function idle(type: string, app: AppFacts): Finding[] {
  const { formation } = app
  if (formation === undefined || formation.some((process) => process.type === type && process.quantity > 0)) return []
  return [
    {
      ...base(`process.${type}.${app.name}`, 'gap'),
      says: `${type} of the Procfile runs on no dyno in ${app.name}`,
      where: { Procfile: type, [app.name]: `${type}=0` },
      command: onEnvironment(app, 'ps:scale', `${type}=1`),
    },
  ]
}

/** Names alone: no value ever gets here. Those that add-ons bring are the add-ons' matter. */
function configLook({ apps }: Facts, reference: AppFacts): Look {
  const findings = othersThan(reference, apps).flatMap((app) => {
    const [has, wanted] = [ownNames(app), ownNames(reference)]
    if (has === undefined || wanted === undefined) return []
    return [
      ...wanted.filter((name) => !app.configVars?.includes(name)).map((name) => configFinding(name, app, reference)),
      ...has.filter((name) => !reference.configVars?.includes(name)).map((name) => configFinding(name, reference, app)),
    ]
  })
  const cells = apps.map((app) => [app.name, app.configVars && count(app.configVars.length, 'name')] as const)
  return {
    rows: [row('config', 'config vars', cells)],
    findings: unique(findings),
  }
}

function configFinding(name: string, without: AppFacts, having: AppFacts): Finding {
  return {
    ...base(`config.${name}.${without.name}`, 'gap'),
    says: `config var ${name} is set in ${having.name} and not in ${without.name}`,
    where: { [having.name]: 'set', [without.name]: 'missing' },
    command: onEnvironment(without, 'config:set', `${name}=VALUE`),
  }
}

/** The config vars that a person has set: those that add-ons bring are the add-ons' matter. */
export function ownNames({ configVars, addons }: Pick<AppFacts, 'configVars' | 'addons'>): string[] | undefined {
  const brought = new Set(addons?.flatMap(({ configVars }) => configVars) ?? [])
  // Every Postgres has its own name there, and the main one is DATABASE_URL.
  return configVars?.filter((name) => !brought.has(name) && !/^(DATABASE|HEROKU_POSTGRESQL_\w+)_URL$/.test(name))
}

function list(items: readonly string[]): string {
  return items.join(' ') || 'none'
}
