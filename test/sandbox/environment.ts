import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Certificate } from './certificates.ts'
import { findProgram } from './processes.ts'

export type Places = {
  folder: string
  token: string
  url: string
  certificate: Certificate
  /** Folders that come first on PATH. */
  path: string[]
  localPort: number
}

/** Everything a program in the sandbox gets to see: nothing of the host's environment but where its programs are. */
export function environmentOf({ folder, token, url, certificate, path, localPort }: Places): Record<string, string> {
  const home = join(folder, 'home')
  return {
    PATH: [...path, ...systemPath()].join(':'),
    HOME: home,
    XDG_CACHE_HOME: join(home, '.cache'),
    TMPDIR: join(folder, 'tmp'),
    TERM: process.env.TERM ?? 'dumb',
    LANG: process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8',
    USER: 'dev',
    HEROKU_HOST: url,
    HEROKU_DATA_HOST: '127.0.0.1',
    HEROKU_PARTICLEBOARD_URL: url,
    HEROKU_GIT_HOST: 'git.heroku.com',
    HEROKU_API_KEY: token,
    HEROKU_SKIP_NEW_VERSION_CHECK: 'true',
    HEROKU_DISABLE_AUTOUPDATE: 'true',
    HEROKU_NOTIFICATIONS: '0',
    HEROKU_NETRC_WRITE: 'true',
    DISABLE_TELEMETRY: 'true',
    NO_PROXY: '127.0.0.1,localhost',
    NODE_EXTRA_CA_CERTS: certificate.certificateFile,
    PGHOST: '127.0.0.1',
    PGPORT: String(localPort),
    PGUSER: 'developer',
    BROWSER: 'echo',
  }
}

/** Where git, tar, tail and their like are, whatever else is on the host's PATH. */
export function systemPath(): string[] {
  const git = findProgram('git', process.env.PATH)
  const standard = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin']
  return git === undefined || standard.includes(dirname(git)) ? standard : [dirname(git), ...standard]
}

/** A home that has logged in, and whose git reaches git.heroku.com through us while the remotes keep their true addresses. */
export async function makeHome({
  folder,
  token,
  url,
  certificate,
}: Pick<Places, 'folder' | 'token' | 'url' | 'certificate'>): Promise<void> {
  const home = join(folder, 'home')
  await mkdir(join(home, '.cache', 'heroku'), { recursive: true })
  await Promise.all([
    mkdir(join(folder, 'tmp')),
    mkdir(join(folder, 'processes')),
    writeFile(join(home, '.cache', 'heroku', 'terms-of-service'), ''), // or the first command warns about new terms
    writeFile(join(home, '.psqlrc'), '\\set QUIET 1\n\\pset pager off\n\\unset QUIET\n'),
    writeFile(join(home, '.netrc'), ['api.heroku.com', 'git.heroku.com'].map((host) => netrc(host, token)).join(''), {
      mode: 0o600,
    }),
    writeFile(join(home, '.gitconfig'), gitconfig(url, certificate.certificateFile)),
  ])
}

function netrc(host: string, token: string): string {
  return `machine ${host}\n  login dev@acme.test\n  password ${token}\n`
}

function gitconfig(url: string, certificateFile: string): string {
  return `[user]
	name = Dev
	email = dev@acme.test
[init]
	defaultBranch = main
[advice]
	detachedHead = false
[safe]
	directory = *
[gc]
	auto = 0
[maintenance]
	auto = false
[http "https://git.heroku.com/"]
	proxy = ${url}
	sslCAInfo = ${certificateFile}
[credential "https://git.heroku.com"]
	helper = !heroku git:credentials
`
}
