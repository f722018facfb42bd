import { majorVersion } from '../../postgres/client-versions.ts'
import type { AppFacts, LocalFacts } from '../facts.ts'
import type { Finding, Look } from '../findings.ts'
import { replacing } from './commands.ts'
import { base } from './shapes.ts'
import { compatible, languagePins, languages } from './versions.ts'

/** Files of the working tree that pin something else than one another, or than production has. */
export function pinLook(local: LocalFacts | undefined, reference: AppFacts): Look {
  if (local === undefined) return { rows: [], findings: [] }
  return { rows: [], findings: [...contradictions(local), ...appJson(local, reference), ...images(local, reference)] }
}

/** Two files with two versions of one language. */
function contradictions({ files }: LocalFacts): Finding[] {
  const deciding = languages(files)
  return languagePins(files).flatMap((pin): Finding[] => {
    const first = deciding.get(pin.language)
    if (first === undefined || compatible(pin.version, first.version)) return []
    return [
      {
        ...base(`pin.${pin.language.toLowerCase()}.${pin.file}`),
        says: `${pin.file} says ${pin.language} ${pin.version}, ${first.file} ${first.version}`,
        where: { [pin.file]: pin.version, [first.file]: first.version },
        command: replacing(pin.file, pin.version, first.version),
      },
    ]
  })
}

/**
 * What review apps are made of, by app.json: its stack, and the versions that it asks of add-ons.
 * https://devcenter.heroku.com/articles/app-json-schema
 */
function appJson({ files }: LocalFacts, reference: AppFacts): Finding[] {
  const text = files['app.json'] ?? ''
  const stack = /"stack"\s*:\s*"([\w-]+)"/.exec(text)?.[1]
  const versions = (['postgres', 'redis'] as const).flatMap((service) => {
    const [, written = '', version = ''] =
      new RegExp(`"heroku-${service}[^{}]*\\{[^{}]*("version"\\s*:\\s*"(\\d[\\d.]*)")`).exec(text) ?? []
    return version === '' ? [] : [{ service, written, version }]
  })
  return [
    ...(stack === undefined || reference.stack === undefined || stack === reference.stack
      ? []
      : [pinned('stack', stack, reference.stack, reference, stack, reference.stack)]),
    ...versions.flatMap(({ service, written, version }) => {
      const wanted = reference[service]
      if (wanted === undefined || majorVersion(wanted) === majorVersion(version)) return []
      const better = written.replace(version, String(majorVersion(wanted)))
      return [pinned(service, `${titles[service]} ${version}`, wanted, reference, written, better)]
    }),
  ]
}

const titles = { postgres: 'Postgres', redis: 'Redis' } as const

function pinned(id: string, says: string, has: string, { name }: AppFacts, written: string, better: string): Finding {
  return {
    ...base(`pin.${id}.app.json`),
    says: `app.json says ${says}, ${name} has ${has}`,
    where: { 'app.json': says, [name]: has },
    command: replacing('app.json', written, better),
  }
}

/** A compose file or a CI service that pins another version than runs in production. */
function images({ images }: LocalFacts, reference: AppFacts): Finding[] {
  return images.flatMap(({ file, image, service, version }): Finding[] => {
    const wanted = reference[service]
    if (wanted === undefined || majorVersion(wanted) === majorVersion(version)) return []
    const tag = image.slice(image.lastIndexOf(':'))
    const better = `${image.slice(0, -tag.length)}${tag.replace(version, String(majorVersion(wanted)))}`
    return [
      {
        ...base(`image.${service}.${file}`),
        says: `${file} pins ${image}, and ${reference.name} runs ${titles[service]} ${wanted}`,
        where: { [file]: image, [reference.name]: wanted },
        command: replacing(file, image, better),
      },
    ]
  })
}
