import type { AppFacts, Facts } from '../facts.ts'
import type { Finding, Look } from '../findings.ts'
import { deploying } from './commands.ts'
import { base, row } from './shapes.ts'
import { compatible, languages, type Pin } from './versions.ts'

type Side = { readonly name: string; readonly pins: ReadonlyMap<string, Pin> }

/** Each language here against the files of the commit that runs there. */
export function languageLook({ local, apps, git }: Facts, reference: AppFacts): Look {
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
