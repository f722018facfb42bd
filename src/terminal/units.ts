const units = ['kB', 'MB', 'GB', 'TB']

/** A size in bytes as words: `118 MB`, `1.2 GB`. A kB is 1024 bytes, as for the Heroku CLI and Postgres's `pg_size_pretty`. */
export function size(bytes: number): string {
  if (bytes < 1024) return plural(bytes, 'byte')
  // 0.95 of the next unit or more would be rounded up to `1024 kB`.
  const power = Math.min(Math.floor(Math.log(bytes * 1.0005) / Math.log(1024)), units.length)
  const amount = bytes / 1024 ** power
  return `${amount < 9.95 ? Number(amount.toFixed(1)) : Math.round(amount)} ${units[power - 1]}`
}

/** A length of time in milliseconds as words, rounded down: `45 seconds`, `3 hours`, from 48 hours on `2 days`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(Math.floor(milliseconds / 1000), 0)
  if (seconds < 60) return plural(seconds, 'second')
  if (seconds < 3600) return plural(Math.floor(seconds / 60), 'minute')
  if (seconds < 48 * 3600) return plural(Math.floor(seconds / 3600), 'hour')
  return plural(Math.floor(seconds / 86400), 'day')
}

/** How long ago `moment` was, as words. */
export function age(moment: Date, now: Date): string {
  return duration(now.getTime() - moment.getTime())
}

function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
