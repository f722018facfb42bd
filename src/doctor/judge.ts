import { majorVersion } from '../postgres/client-versions.ts'
import { shellWord } from '../run/print.ts'
import { type Check, ok, pasteable, problem, warning } from './checks.ts'
import { type DoctorFacts, isTrouble, type SeenEnvironment } from './facts.ts'
import { judgeDatabase } from './judge-database.ts'
import { partsInWords } from './repairs.ts'

/** What the facts come to: one check a line, in the order in which they are shown. */
export function judgeMachine(facts: DoctorFacts): Check[] {
  return [
    ...programs(facts),
    ...heroku(facts),
    ...project(facts),
    ...judgeDatabase(facts),
    ...services(facts),
    ...containers(facts),
  ]
}

function programs({ node, git, bins, exposed, staleParts }: DoctorFacts): Check[] {
  const gitCheck = git
    ? ok('programs', 'git', git.version)
    : problem('programs', 'git', 'not on PATH', 'sudo apt-get install git # or: brew install git')
  return [
    ok('programs', 'node', node),
    gitCheck,
    ...binChecks(bins),
    ...exposed.map(exposedCheck),
    ...partsCheck(staleParts),
  ]
}

/** One line where all is as it should be, or nothing is there; else one for each. */
function binChecks(bins: DoctorFacts['bins']): Check[] {
  const names = bins.map(({ name }) => name).join(', ')
  if (bins.every(({ copies }) => copies.length === 0))
    return [warning('programs', 'bins', `${names} are not on PATH`, 'npm install --global heroku-parity')]
  const checks = bins.map(binCheck)
  return checks.every(({ status }) => status === 'ok') ? [ok('programs', 'bins', names, checks[0]?.value)] : checks
}

/** The first of them on PATH is what runs; a second one is an update that has no effect, or the gem's. */
function binCheck({ name, copies }: DoctorFacts['bins'][number]): Check {
  const [first, second] = copies
  const id = `bins.${name}`
  if (first === undefined) return problem('programs', id, 'not on PATH', 'npm install --global heroku-parity')
  if (first.kind === 'gem' || second?.kind === 'gem')
    return problem('programs', id, `the gem's is on PATH: ${pathsOf(copies)}`, 'gem uninstall parity --executables')
  if (first.kind === 'other')
    return problem(
      'programs',
      id,
      `another program comes first on PATH: ${first.path}`,
      `export PATH="$(npm prefix --global)/bin:$PATH"`,
    )
  if (second?.kind === 'parity')
    return problem('programs', id, `there are several: ${pathsOf(copies)}`, uninstallLine(second.path))
  return ok('programs', id, first.path)
}

function pathsOf(copies: readonly { readonly path: string }[]): string {
  return copies.map(({ path }) => path).join(', ')
}

function uninstallLine(path: string): string {
  const prefix = /^(.*)\/bin\/[^/]+$/.exec(path)?.[1]
  return `npm uninstall --global${prefix === undefined ? '' : ` --prefix ${shellWord(prefix)}`} heroku-parity`
}

function exposedCheck(file: string): Check {
  return problem('programs', `private.${file}`, 'others may read it', `chmod go= ${shellWord(file)}`)
}

/** What a later download of the same backup would go on with; a cache that cannot be read is a problem. */
function partsCheck(parts: DoctorFacts['staleParts']): Check[] {
  if (isTrouble(parts)) return [problem('programs', 'cache', parts.why, pasteable(parts.hint, '# look at the folder'))]
  if (parts.length === 0) return []
  const value = `${partsInWords(parts)} of more than a day ago`
  return [warning('programs', 'cache.parts', value, 'parity doctor --fix')]
}

function heroku({ heroku, login, variables: { telemetryOff, herokuApp } }: DoctorFacts): Check[] {
  return [
    cliCheck(heroku),
    ...loginChecks(login, heroku !== undefined),
    telemetryOff
      ? ok('heroku', 'heroku.telemetry', 'off')
      : warning(
          'heroku',
          'heroku.telemetry',
          'on, at some 0.6 s a command of the Heroku CLI',
          'export DISABLE_TELEMETRY=true',
        ),
    ...(herokuApp === undefined
      ? []
      : [
          warning(
            'heroku',
            'heroku.app',
            `HEROKU_APP is ${herokuApp}: plain \`heroku\` ignores the git remotes`,
            'unset HEROKU_APP',
          ),
        ]),
  ]
}

/** Without the CLI that alone is the problem. */
function loginChecks(login: DoctorFacts['login'], hasCli: boolean): Check[] {
  if (!isTrouble(login)) return [ok('heroku', 'heroku.login', login.account)]
  return hasCli ? [problem('heroku', 'heroku.login', login.why, pasteable(login.hint, 'heroku login'))] : []
}

function cliCheck(heroku: DoctorFacts['heroku']): Check {
  const install = 'npm install --global heroku'
  if (heroku === undefined) return problem('heroku', 'heroku.cli', 'not on PATH', install)
  const { path, version } = heroku
  if (path.startsWith('/mnt/') || path.endsWith('.exe'))
    return problem('heroku', 'heroku.cli', `it is the one of Windows: ${path}`, install)
  if (majorVersion(version) < 11)
    return warning(
      'heroku',
      'heroku.cli',
      `${version} is old; parity is tested with 11`,
      'npm install --global heroku@latest',
    )
  return ok('heroku', 'heroku.cli', version, path)
}

function project({ configuration: { file, problem: trouble }, environments }: DoctorFacts): Check[] {
  const configuration = trouble
    ? problem('project', 'configuration', trouble.why, pasteable(trouble.hint, '# fix the file'))
    : ok('project', 'configuration', file ?? 'none; git remotes name the environments')
  const none = warning(
    'project',
    'environments',
    'no app on Heroku is known here',
    file === undefined ? 'parity init' : `# add it to ${file}: environments: { production: APP }`,
  )
  return [
    configuration,
    ...(environments.length === 0 && !trouble ? [none] : environments.map(environmentCheck)),
    ...environments.flatMap(firCheck),
    ...environments.filter(({ isWord }) => !isWord).map(wordCheck),
  ]
}

function environmentCheck({ name, app, origin, isProtected, seen }: SeenEnvironment): Check {
  const id = `environment.${name}`
  if (isTrouble(seen)) return problem('project', id, `${app} (by ${origin}): ${seen.why}`, 'heroku apps --all')
  const facts = [origin, ...(seen ? [seen.stack] : []), ...(isProtected ? ['protected'] : [])]
  return ok('project', id, app, facts.join(', '))
}

/**
 * What of the one-off commands an app on Fir has. Fir began without `heroku run`, on which `console`, `run` and `migrate` stand:
 * https://devcenter.heroku.com/changelog-items/3079
 */
function firCheck({ name, seen }: SeenEnvironment): Check[] {
  if (seen === undefined || isTrouble(seen) || seen.generation !== 'fir') return []
  const works = 'on Fir `run:detached` and `run:inside DYNO` work, `ps:exec` does not'
  return [
    ok('project', `fir.${name}`, works, 'where `heroku run` does not, `console`, `run` and `migrate` cannot either'),
  ]
}

function wordCheck({ name }: SeenEnvironment): Check {
  return warning('project', `word.${name}`, `\`${name}\` is no command yet`, `parity link ${name}`)
}

function services({ services }: DoctorFacts): Check[] {
  if (isTrouble(services))
    return [problem('services', 'services', services.why, pasteable(services.hint, 'development services reset'))]
  return services.map(({ service, version, address, state }) => {
    const id = `service.${service}`
    if (state === 'ready') return ok('services', id, version, address)
    if (state === 'stopped') return ok('services', id, `${version}, stopped`, 'start: development services up')
    const fix = 'development services down && development services up'
    return warning('services', id, `${version} runs at ${address}, but does not answer`, fix)
  })
}

function containers({ container, composeFiles }: DoctorFacts): Check[] {
  const [first, ...others] = composeFiles
  const two = warning(
    'containers',
    'compose',
    `${composeFiles.join(', ')}: Compose reads the first alone`,
    `export COMPOSE_FILE=${first}`,
  )
  const named = {
    'not installed': ok('containers', 'docker', 'not installed'),
    ready: ok('containers', 'docker', 'an engine answers'),
    'no engine': warning(
      'containers',
      'docker',
      'the client is there, and no engine answers',
      'sudo service docker start',
    ),
    'no compose': warning(
      'containers',
      'docker',
      'the plugin Compose is missing',
      'sudo apt-get install docker-compose-plugin',
    ),
  }
  return [named[container], ...(first !== undefined && others.length > 0 ? [two] : [])]
}
