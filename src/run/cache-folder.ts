import { isAbsolute, join } from 'node:path'

/** The folder of parity's cache: `$XDG_CACHE_HOME/parity`, else `~/.cache/parity`, on macOS too. `home` is the person's home folder. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>>, home: string): string {
  const configured = environment.XDG_CACHE_HOME
  // The specification of these variables says to ignore a relative one: https://specifications.freedesktop.org/basedir-spec/
  return join(configured && isAbsolute(configured) ? configured : join(home, '.cache'), 'parity')
}
