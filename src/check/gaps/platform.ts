import type { AppFacts, Facts } from '../facts.ts'
import { allOf, count, type Finding, type Look } from '../findings.ts'
import { buildpackLook } from './buildpacks.ts'
import { onEnvironment } from './commands.ts'
import { languageLook } from './languages.ts'
import { processTypes } from './procfile.ts'
import { othersThan, referenceOf } from './reference.ts'
import { base, row, unique } from './shapes.ts'
import { promotedFrom, shipping } from './shipping.ts'

/** What the code runs on: languages, stack, buildpacks, processes, and the names of its configuration. */
export function platform(facts: Facts): Look {
  const reference = referenceOf(facts.apps)
  if (reference === undefined) return { rows: [], findings: [] }
  return allOf([
    languageLook(facts, reference),
    stackLook(facts, reference),
    buildpackLook(facts, reference),
    processLook(facts, reference),
    configLook(facts, reference),
  ])
}

function stackLook(facts: Facts, reference: AppFacts): Look {
  const { apps } = facts
  const findings = othersThan(reference, apps).flatMap((app): Finding[] => {
    if (app.stack === undefined || reference.stack === undefined || app.stack === reference.stack) return []
    const [older, newer] = inAge(app, reference)
    const pending = older.nextStack === newer.stack && older.nextStack !== older.stack
    const command = pending ? undefined : settingStack(facts, older, newer)
    return [
      {
        ...base(`stack.${app.name}`, pending ? 'note' : 'gap'),
        says: `${app.name} runs on ${app.stack}, ${reference.name} on ${reference.stack}${pending ? `; the next build of ${older.name} is for ${newer.stack}` : ''}`,
        where: { [app.name]: app.stack, [reference.name]: reference.stack },
        command,
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

/** The app whose stack is to change, then the other one: a stack never goes back. */
function inAge(app: AppFacts, reference: AppFacts): [AppFacts, AppFacts] {
  const [one, other] = [app, reference].map(({ stack = '' }) => stackNumber(stack))
  return one !== undefined && other !== undefined && one > other ? [reference, app] : [app, reference]
}

/** `22` of `heroku-22`; undefined for what has no order, as `container`. */
function stackNumber(stack: string): number | undefined {
  const number = /^heroku-(\d+)$/.exec(stack)?.[1]
  return number === undefined ? undefined : Number(number)
}

/** A promotion brings the stack along. Nothing leads to or from Fir, which has no stacks. */
function settingStack({ apps, git }: Facts, older: AppFacts, { stack = '', ...newer }: AppFacts): string | undefined {
  if (stack === 'cnb' || older.stack === 'cnb') return undefined
  const source = promotedFrom(older, apps)
  if (source !== undefined && source.name === newer.name) return shipping({ apps, git }, older)
  return onEnvironment(older, 'stack:set', stack)
}

/**
 * Process types of the Procfile that run on one app and not on another. One-off types are none; one that runs nowhere is meant to.
 */
function processLook({ local, apps, git }: Facts, reference: AppFacts): Look {
  const here = local && processTypes(local.files.Procfile ?? '')
  const runs = (type: string, { formation }: AppFacts) =>
    formation?.some((process) => process.type === type && process.quantity > 0)
  const findings = apps.flatMap((app) => {
    const types = processTypes(git?.positions.get(app.name)?.files.Procfile ?? local?.files.Procfile ?? '')
    return types
      .filter((type) => runs(type, app) === false && apps.some((other) => runs(type, other)))
      .map((type) => idle(type, app, app === reference ? 'note' : 'gap'))
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

function idle(type: string, app: AppFacts, severity: Finding['severity']): Finding {
  return {
    ...base(`process.${type}.${app.name}`, severity),
    says: `${type} of the Procfile runs on no dyno in ${app.name}`,
    where: { Procfile: type, [app.name]: `${type}=0` },
    command: onEnvironment(app, 'ps:scale', `${type}=1`),
  }
}

/** Names alone: no value ever gets here. Those that add-ons bring are the add-ons' matter. */
function configLook({ apps }: Facts, reference: AppFacts): Look {
  const findings = othersThan(reference, apps).flatMap((app) => {
    const [has, wanted] = [ownNames(app), ownNames(reference)]
    if (has === undefined || wanted === undefined) return []
    return [
      ...wanted
        .filter((name) => !app.configVars?.includes(name))
        .map((name) => configFinding(name, app, reference, onEnvironment(app, 'config:set', `${name}=VALUE`))),
      // A switch of staging's is no business of production's.
      ...has
        .filter((name) => !reference.configVars?.includes(name))
        .map((name) => configFinding(name, reference, app, undefined)),
    ]
  })
  const cells = apps.map((app) => [app.name, app.configVars && count(app.configVars.length, 'name')] as const)
  return {
    rows: [row('config', 'config vars', cells)],
    findings: unique(findings),
  }
}

function configFinding(name: string, without: AppFacts, having: AppFacts, command: string | undefined): Finding {
  return {
    ...base(`config.${name}.${without.name}`, command === undefined ? 'note' : 'gap'),
    says: `config var ${name} is set in ${having.name} and not in ${without.name}`,
    where: { [having.name]: 'set', [without.name]: 'missing' },
    command,
  }
}

/** The config vars that a person has set: those that add-ons and attachments bring are theirs. */
export function ownNames({
  configVars,
  attachedVars,
  addons,
}: Pick<AppFacts, 'configVars' | 'attachedVars' | 'addons'>): string[] | undefined {
  const brought = new Set([...attachedVars, ...(addons?.flatMap(({ configVars }) => configVars) ?? [])])
  // Every Postgres has its own name there, and the main one is DATABASE_URL.
  return configVars?.filter((name) => !brought.has(name) && !/^(DATABASE|HEROKU_POSTGRESQL_\w+)_URL$/.test(name))
}
