import type { AppFacts, Facts } from '../facts.ts'
import type { Finding, Look } from '../findings.ts'
import { base, row } from './shapes.ts'
import { shipping } from './shipping.ts'
import { compatible, languages, type Pin } from './versions.ts'

type Side = { readonly name: string; readonly pins: ReadonlyMap<string, Pin> }

/** Each language here against the files of the commit that runs there. */
export function languageLook(facts: Facts, reference: AppFacts): Look {
  const { local, apps, git } = facts
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
  const close = shipping(facts, reference)
  return { rows, findings: wanted ? names.flatMap((language) => languageFindings(language, sides, wanted, close)) : [] }
}

/** One finding a language: a deploy of what is newer closes it for all. */
function languageFindings(language: string, sides: readonly Side[], wanted: Side, command: string): Finding[] {
  const pin = wanted.pins.get(language)
  if (pin === undefined) return []
  const there = pin.version
  const others = sides.flatMap(({ name, pins }) => {
    const other = pins.get(language)
    return other === undefined || compatible(other, pin) ? [] : [[name, other.version] as const]
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
