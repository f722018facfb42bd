import type { TocEntry } from '../postgres/archive.ts'
import type { Finding } from './report.ts'

/** A setting that production keeps with its database, a role or a function, for each of their sessions or calls. */
type Setting = {
  readonly name: string
  /** `function public.twice(integer)` */
  readonly of: string
  /** What takes it away there. */
  readonly reset: string
  /** What is restored with it; undefined for the database and its roles: their settings are in the archive and are no part of a restore. */
  readonly entry: TocEntry | undefined
}

/**
 * The settings in an archive that a server may not know. Those with a dot are an extension's or the application's own, and any name is
 * taken.
 */
export function settingsIn(entries: readonly TocEntry[]): Setting[] {
  return entries.flatMap(settingsOf).filter(({ name }) => !name.includes('.'))
}

function settingsOf(entry: TocEntry): Setting[] {
  const { description, definition, namespace = '', tag } = entry
  if (description === 'DATABASE PROPERTIES')
    return [...definition.matchAll(/^(ALTER (DATABASE|ROLE) .+?) SET "?([\w.]+)"? TO /gm)].map(
      ([, owner = '', kind = '', name = '']) => {
        const of = kind === 'ROLE' ? owner.replace(/^ALTER ROLE (.*) IN DATABASE .*$/, 'role $1') : 'the database'
        return { name, of, reset: `${owner} RESET ${name}`, entry: undefined }
      },
    )
  if (description !== 'FUNCTION' && description !== 'PROCEDURE') return []
  const name = `${namespace}.${tag}`
  // Its head ends where its body begins, which may hold any text.
  const [head = ''] = definition.split(/^ {4}(?:AS |BEGIN ATOMIC|RETURN )/m)
  return [...head.matchAll(/^ {4}SET "?([\w.]+)"? TO /gm)].map(([, setting = '']) => ({
    name: setting,
    of: `${description.toLowerCase()} ${name}`,
    reset: `ALTER ${description} ${name} RESET ${setting}`,
    entry,
  }))
}

/** A setting that the new release does not have: an upgrade fails at it, and every call of that function would. */
export function unknownSetting({ name, of, reset }: Setting): Finding {
  return {
    kind: 'setting',
    what: `${of} sets ${name}, which this release does not have`,
    fix: `in production: ${reset}`,
  }
}
