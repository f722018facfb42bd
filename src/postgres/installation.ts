/** How programs get installed on a system: Debian's way, Homebrew's, or by hand. */
export type Installer = 'apt' | 'brew' | 'other'

/** The line that installs the client programs of `major` (0: any), as a hint. */
export function installLine(major: number, installer: Installer): string {
  const version = major > 0 ? `${major}` : ''
  if (installer === 'brew') return `install them with \`brew install ${version ? `postgresql@${version}` : 'libpq'}\``
  if (installer === 'apt') {
    const line = `install them with \`sudo apt-get install postgresql-client${version && `-${version}`}\``
    return version ? `${line}, after adding https://apt.postgresql.org` : line
  }
  return `install Postgres ${version && `${version} `}from https://www.postgresql.org/download`
}
