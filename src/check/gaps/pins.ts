import { majorVersion } from '../../postgres/client-versions.ts'
import { type Image, withVersion } from '../../services/images.ts'
import type { AppFacts, LocalFacts } from '../facts.ts'
import type { Finding, Look } from '../findings.ts'
import { inOrder, replacing } from './commands.ts'
import { engineOf, sameMajor } from './key-value.ts'
import { isOlder } from './ranges.ts'
import { base } from './shapes.ts'
import { compatible, languagePins, languages, type Pin } from './versions.ts'

/** Files of the working tree that pin something else than one another, or than production has. */
export function pinLook(local: LocalFacts | undefined, reference: AppFacts): Look {
  if (local === undefined) return { rows: [], findings: [] }
  return {
    rows: [],
    findings: [
      ...contradictions(local),
      ...appJson(local, reference),
      ...images(local, reference),
      ...mysql(local, reference),
    ],
  }
}

/** Two files with two versions of one language. */
function contradictions({ files }: LocalFacts): Finding[] {
  const deciding = languages(files)
  return languagePins(files).flatMap((pin): Finding[] => {
    const first = deciding.get(pin.language)
    if (first === undefined || compatible(pin, first)) return []
    return [
      {
        ...base(`pin.${pin.language.toLowerCase()}.${pin.file}`),
        says: `${pin.file} says ${pin.language} ${pin.version}, ${first.file} ${first.version}`,
        where: { [pin.file]: pin.version, [first.file]: first.version },
        command: agreeing(pin, first),
      },
    ]
  })
}

/** The older one is raised: a language goes back nowhere. */
function agreeing(pin: Pin, first: Pin): string | undefined {
  if (pin.range === undefined || first.range === undefined) return undefined
  return isOlder(pin.range, first.range) ? raising(pin, first.version) : raising(first, pin.version)
}

/** Files with a version alone in them; others have to be made anew by their program. */
function raising({ file, line, version }: Pin, to: string): string | undefined {
  if (/\.lock$|^(Gemfile|pyproject\.toml|mix\.exs|composer\.json)$/.test(file)) return undefined
  // A range is none that these files can hold, and a shortened version none that an installer finds.
  const parts = to.split('.').length
  const shortened =
    /^\.(nvmrc|node-version|python-version|java-version)$|^(package\.json|runtime\.txt|system\.properties)$/
  if (!/^\d+(\.\d+)*$/.test(to) || (parts < 3 && parts < version.split('.').length && !shortened.test(file)))
    return undefined
  return replacing(file, [line], version, to)
}

/**
 * What review apps are made of, by app.json: its stack, and the versions that it asks of add-ons.
 * https://devcenter.heroku.com/articles/app-json-schema
 */
function appJson({ files }: LocalFacts, reference: AppFacts): Finding[] {
  const text = files['app.json'] ?? ''
  const lineAt = (index: number) => text.slice(0, index).split('\n').length
  const stack = /"stack"\s*:\s*"([\w-]+)"/.exec(text)
  const findings: Finding[] = []
  if (stack?.[1] !== undefined && reference.stack !== undefined && stack[1] !== reference.stack)
    findings.push(pinned('stack', stack[1], reference.stack, reference, lineAt(stack.index), stack[1], reference.stack))
  for (const service of ['postgres', 'redis'] as const) {
    const wanted = reference[service]
    const plan = new RegExp(`"heroku-${service}[^{}]*\\{[^{}]*?(?="version"\\s*:\\s*"\\d)`).exec(text)
    const at = (plan?.index ?? 0) + (plan?.[0].length ?? 0)
    const [written = '', version = ''] = plan ? (/"version"\s*:\s*"(\d[\d.]*)"/.exec(text.slice(at)) ?? []) : []
    const same = service === 'postgres' ? (a: string, b: string) => majorVersion(a) === majorVersion(b) : sameMajor
    if (version === '' || wanted === undefined || same(wanted, version)) continue
    const better = written.replace(version, service === 'postgres' ? String(majorVersion(wanted)) : shortened(wanted))
    findings.push(pinned(service, `${titles[service]} ${version}`, wanted, reference, lineAt(at), written, better))
  }
  return findings
}

/** `7.2` of `7.2.4`. */
function shortened(version: string): string {
  return version.split('.').slice(0, 2).join('.')
}

const titles = { postgres: 'Postgres', redis: 'Redis' } as const

function pinned(
  id: string,
  says: string,
  has: string,
  { name }: AppFacts,
  at: number,
  written: string,
  better: string,
): Finding {
  return {
    ...base(`pin.${id}.app.json`),
    says: `app.json says ${says}, ${name} has ${has}`,
    where: { 'app.json': says, [name]: has },
    command: replacing('app.json', [at], written, better),
  }
}

/** A compose file, a Dockerfile or a CI service that pins another version than runs in production: one finding a file and service. */
function images({ images }: LocalFacts, reference: AppFacts): Finding[] {
  const files = [...new Set(images.map(({ file }) => file))]
  return files.flatMap((file) =>
    (['postgres', 'redis'] as const).flatMap((service): Finding[] => {
      const version = reference[service]
      if (version === undefined) return []
      const wanted = { engine: service === 'postgres' ? ('Postgres' as const) : engineOf(version), version }
      const wrong = images.filter((image) => image.file === file && image.service === service && differs(image, wanted))
      if (wrong.length === 0) return []
      const close = wrong.flatMap((image) => {
        const better = withVersion(image, wanted)
        return better === undefined ? [] : [replacing(file, image.lines, image.image, better)]
      })
      const pinned = wrong.map(({ image }) => image).join(', ')
      return [
        {
          ...base(`image.${service}.${file}`),
          says: `${file} pins ${pinned}, and ${reference.name} runs ${wanted.engine} ${version}`,
          where: { [file]: pinned, [reference.name]: version },
          command: close.length === wrong.length ? inOrder(...close) : undefined,
        },
      ]
    }),
  )
}

/**
 * MySQL where production has Postgres and nothing of MySQL. Its variables are others than those of Postgres, so no line changes it; and
 * where development itself works on MySQL, that is told already.
 */
function mysql({ images, otherAdapter }: LocalFacts, { name, postgres, addons }: AppFacts): Finding[] {
  const has = addons?.some(({ service }) => /mysql|maria|jawsdb|cleardb/.test(service))
  if (postgres === undefined || has !== false || /mysql|trilogy|maria/.test(otherAdapter?.adapter ?? '')) return []
  const found = images.filter(({ service }) => service === 'mysql')
  return [...new Set(found.map(({ file }) => file))].map((file) => {
    const pinned = found.flatMap((image) => (image.file === file ? [image.image] : [])).join(', ')
    return {
      ...base(`image.mysql.${file}`),
      says: `${file} runs ${pinned}, and ${name} has Postgres ${postgres} and no MySQL`,
      where: { [file]: pinned, [name]: `Postgres ${postgres}` },
      command: undefined,
    }
  })
}

/** Another major version; and from 8 on, Redis and Valkey are two. */
function differs({ engine, version }: Image, wanted: { readonly engine: Image['engine']; readonly version: string }) {
  if (engine === 'Postgres') return majorVersion(version) !== majorVersion(wanted.version)
  return !sameMajor(version, wanted.version) || (engine !== wanted.engine && Number.parseInt(version, 10) >= 8)
}
