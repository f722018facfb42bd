import type { TocEntry } from '../../postgres/archive.ts'

/** What Heroku installs into every database, besides its schema `_heroku`. */
const platformTriggers = ['extension_before_drop', 'log_create_ext', 'log_drop_ext', 'validate_extension']

const inPlatform = 'belongs to the platform of Heroku'

/** Why an entry is never restored, whatever depends on it; undefined for all that is wanted. */
export function unwantedReason(entry: TocEntry, roleIsSuperuser: boolean): string | undefined {
  const { description, tag, namespace, definition } = entry
  if (namespace === '_heroku' || (description === 'SCHEMA' && tag === '_heroku')) return inPlatform
  if (description === 'EVENT TRIGGER') {
    if (platformTriggers.includes(tag) || callsPlatform(definition)) return inPlatform
    return roleIsSuperuser ? undefined : 'only a superuser may create an event trigger'
  }
  if (description.startsWith('SUBSCRIPTION')) return 'would make this database subscribe to another server'
  if (description.startsWith('PUBLICATION')) return roleIsSuperuser ? undefined : superuserPublication(entry)
  // Since Postgres 18 a dump may hold them, by functions that older servers lack.
  if (description === 'STATISTICS DATA') return 'ANALYZE makes statistics anew'
  if (description === 'COMMENT') return uselessComment(entry, roleIsSuperuser)
  return isEverywhere(entry) ? 'is in every database already' : undefined
}

/** https://www.postgresql.org/docs/current/sql-createpublication.html#SQL-CREATEPUBLICATION-NOTES */
function superuserPublication({ description, definition }: TocEntry): string | undefined {
  const whole = description === 'PUBLICATION TABLES IN SCHEMA' || /\bFOR ALL TABLES\b/.test(definition)
  return whole ? 'only a superuser may publish all tables' : undefined
}

function callsPlatform(definition: string): boolean {
  return /\bEXECUTE (?:FUNCTION|PROCEDURE) "?_heroku"?\./.test(definition)
}

/** Whether a new database has it from the start. */
export function isEverywhere({ description, tag }: TocEntry): boolean {
  return ['EXTENSION plpgsql', 'SCHEMA public'].includes(`${description} ${tag}`)
}

/** Comments of one's own are kept; what Postgres says by itself is there, and took its owner to say. */
function uselessComment({ tag, definition }: TocEntry, roleIsSuperuser: boolean): string | undefined {
  if (tag === 'EXTENSION plpgsql' && !roleIsSuperuser) return 'only a superuser may comment on it'
  const isPostgres = tag === 'SCHEMA public' && /IS 'standard public schema';?\s*$/i.test(definition)
  return isPostgres ? 'is in every database already' : undefined
}
