import type { AppFacts, Facts } from '../facts.ts'
import { allOf, count, type Finding, type Look, type Row } from '../findings.ts'
import { othersThan, referenceOf } from './reference.ts'
import { compatible, languagePins, languages, type Pin } from './versions.ts'
import { deploying, onEnvironment, replacing } from './words.ts'

/** What the code runs on: languages, stack, buildpacks, processes, and the names of its configuration. */
export function platform(facts: Facts): Look {
  const reference = referenceOf(facts.apps)
  if (reference === undefined) return { rows: [], findings: [] }
  return allOf([
    languageLook(facts, reference),
    pinLook(facts),
    stackLook(facts, reference),
    buildpackLook(facts, reference),
    processLook(facts),
    configLook(facts, reference),
  ])
}

type Side = { readonly name: string; readonly pins: ReadonlyMap<string, Pin> }

/** Each language here against the files of the commit that runs there. */
function languageLook({ local, apps, git }: Facts, reference: AppFacts): Look {
  const there = (app: AppFacts): Side[] => {
    const position = git?.positions.get(app.name)
    return position === undefined ? [] : [{ name: app.name, pins: languages(position.files) }]
  }
  const sides: Side[] = [...(local ? [{ name: local.name, pins: languages(local.files) }] : []), ...apps.flatMap(there)]
  const names = [...new Set(sides.flatMap(({ pins }) => [...pins.keys()]))]
  const rows = names.map((language) =>
    row(
      `language.${language.toLowerCase()}`,
      language,
      sides.map(({ name, pins }) => [name, pins.get(language)?.version]),
    ),
  )
  const wanted = sides.find(({ name }) => name === reference.name)
  const close = deploying(reference, git?.main.ref ?? 'main')
  return { rows, findings: wanted ? names.flatMap((language) => languageFindings(language, sides, wanted, close)) : [] }
}

/** One finding a language: a deploy of what is newer closes it for all. */
function languageFindings(language: string, sides: readonly Side[], wanted: Side, command: string): Finding[] {
  const there = wanted.pins.get(language)?.version
  if (there === undefined) return []
  const others = sides.flatMap(({ name, pins }) => {
    const version = pins.get(language)?.version
    return version === undefined || compatible(version, there) ? [] : [[name, version] as const]
  })
  if (others.length === 0) return []
  return [
    {
      ...base(`language.${language.toLowerCase()}`, 'gap'),
      says: `${language} is ${byVersion(others)}, ${there} in ${wanted.name}`,
      where: { ...Object.fromEntries(others), [wanted.name]: there },
      command,
    },
  ]
}

/** `3.3.7 in development and staging, 3.2.1 in demo` */
function byVersion(places: readonly (readonly [name: string, version: string])[]): string {
  const versions = [...new Set(places.map(([, version]) => version))]
  const names = (version: string) => places.filter(([, other]) => other === version).map(([name]) => name)
  return versions.map((version) => `${version} in ${names(version).join(' and ')}`).join(', ')
}

/** Files of the working tree that contradict each other, and an app.json that wants another stack. */
function pinLook({ local, apps }: Facts): Look {
  const pins = languagePins(local?.files ?? {})
  const first = languages(local?.files ?? {})
  const findings = pins.flatMap((pin): Finding[] => {
    const deciding = first.get(pin.language)
    if (deciding === undefined || compatible(pin.version, deciding.version)) return []
    return [pinFinding(pin.file, `${pin.language} ${pin.version}`, deciding.file, deciding.version, pin.version)]
  })
  const stack = referenceOf(apps)?.stack
  const wanted = /"stack"\s*:\s*"([\w-]+)"/.exec(local?.files['app.json'] ?? '')?.[1]
  const name = referenceOf(apps)?.name ?? ''
  if (wanted !== undefined && stack !== undefined && wanted !== stack)
    findings.push(pinFinding('app.json', wanted, name, stack, wanted))
  return { rows: [], findings }
}

function pinFinding(file: string, says: string, other: string, right: string, wrong: string): Finding {
  return {
    ...base(`pin.${says.split(' ')[0]?.toLowerCase()}.${file}`, 'gap'),
    says: `${file} says ${says}, ${other} ${right}`,
    where: { [file]: wrong, [other]: right },
    command: replacing(file, wrong, right),
  }
}

function stackLook({ apps }: Facts, reference: AppFacts): Look {
  const findings = othersThan(reference, apps).flatMap((app): Finding[] => {
    if (app.stack === undefined || reference.stack === undefined || app.stack === reference.stack) return []
    return [
      {
        ...base(`stack.${app.name}`, 'gap'),
        says: `${app.name} runs on ${app.stack}, ${reference.name} on ${reference.stack}`,
        where: { [app.name]: app.stack, [reference.name]: reference.stack },
        command: onEnvironment(app, `stack:set ${reference.stack}`),
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
        command: onEnvironment(app, buildpackCommand(app.buildpacks, wanted)),
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
function buildpackCommand(has: readonly string[], wanted: readonly string[]): string {
  const at = wanted.findIndex((buildpack) => !has.includes(buildpack))
  if (at >= 0) return `buildpacks:add --index ${at + 1} ${wanted[at]}`
  const extra = has.find((buildpack) => !wanted.includes(buildpack))
  return extra === undefined ? 'buildpacks:clear' : `buildpacks:remove ${extra}`
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
      command: onEnvironment(app, `ps:scale ${type}=1`),
    },
  ]
}

/** The process types that run on dynos, in the order of a Procfile. */
export function processTypes(procfile: string): string[] {
  return [...procfile.matchAll(/^([\w-]+):[ \t]*\S/gm)].flatMap(([, type = '']) => (type === 'release' ? [] : [type]))
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
    findings: [...new Map(findings.map((finding) => [finding.id, finding])).values()],
  }
}

function configFinding(name: string, without: AppFacts, having: AppFacts): Finding {
  return {
    ...base(`config.${name}.${without.name}`, 'gap'),
    says: `config var ${name} is set in ${having.name} and not in ${without.name}`,
    where: { [having.name]: 'set', [without.name]: 'missing' },
    command: onEnvironment(without, `config:set ${name}=VALUE`),
  }
}

function ownNames({ configVars, addons }: AppFacts): string[] | undefined {
  const brought = new Set(addons?.flatMap(({ configVars }) => configVars) ?? [])
  // Every Postgres has its own name there, and the main one is DATABASE_URL.
  return configVars?.filter((name) => !brought.has(name) && !/^(DATABASE|HEROKU_POSTGRESQL_\w+)_URL$/.test(name))
}

function list(items: readonly string[]): string {
  return items.join(' ') || 'none'
}

function base(id: string, severity: Finding['severity']): Pick<Finding, 'id' | 'gap' | 'severity'> {
  return { id: `tools.${id}`, gap: 'tools', severity }
}

function row(id: string, title: string, cells: readonly (readonly [string, string | undefined])[]): Row {
  const told = cells.flatMap(([name, cell]) => (cell === undefined ? [] : [[name, cell] as const]))
  return { id: `tools.${id}`, gap: 'tools', title, cells: Object.fromEntries(told) }
}
