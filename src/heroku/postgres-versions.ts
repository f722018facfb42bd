/** When Heroku ends a major version of Postgres: https://devcenter.heroku.com/articles/heroku-postgres-version-support */
const endOfLife: Readonly<Record<number, string>> = {
  14: '2025-11-28',
  15: '2026-09-30',
  16: '2027-09-30',
  17: '2028-09-30',
}

/** The first major version of that table: those before it have ended. */
const oldest = Math.min(...Object.keys(endOfLife).map(Number))

/** How long before its end a version is warned about, in milliseconds. */
const notice = 365 * 86_400_000

/** `ends it in September 2026`; undefined where that is far off, or not known. */
export function endInWords(major: number, now: Date): string | undefined {
  const end = endOfLife[major]
  if (end === undefined) return major > 0 && major < oldest ? 'has ended it' : undefined
  if (Date.parse(end) - notice > now.getTime()) return undefined
  const month = new Date(end).toLocaleDateString('en', { month: 'long', year: 'numeric', timeZone: 'UTC' })
  return `${Date.parse(end) < now.getTime() ? 'ended' : 'ends'} it in ${month}`
}

/** What tries the upgrade of production to the newest major that stays; undefined where there is none. */
export function rehearsing(major: number, now: Date): string | undefined {
  const lasting = Object.keys(endOfLife)
    .map(Number)
    .findLast((newer) => newer > major && endInWords(newer, now) === undefined)
  return lasting === undefined ? undefined : `development services rehearse postgres ${lasting}`
}
