import { describe, expect, test } from 'vitest'
import type { Configuration } from '../../../src/environments/configuration.ts'
import {
  allEnvironments,
  findEnvironment,
  type HerokuEnvironment,
  type Project,
  tryEnvironment,
  withProtection,
} from '../../../src/environments/environments.ts'

const heroku = (app: string) => `https://git.heroku.com/${app}.git`

/** A project in git with these environments in `.parityrc` and these remotes, name → app. */
function project(
  environments?: NonNullable<Configuration['environments']>,
  remotes: Record<string, string> = {},
): Project {
  return {
    root: '/project',
    folder: '/project',
    ambient: { env: {}, cache: '/nowhere', folder: '/nowhere', now: new Date(0), hasTerminal: true },
    inGit: true,
    configuration: environments ? { environments, file: '.parityrc' } : {},
    remotes: () => Object.entries(remotes).map(([name, app]) => ({ name, url: app.includes(':') ? app : heroku(app) })),
  }
}

describe('an environment is', () => {
  const local = (name: string) => ({ kind: 'local', name })
  const app = (name: string, app: string, origin: string, more = {}) => ({ kind: 'heroku', name, app, origin, ...more })
  const live = { protectedBecause: 'it is named production' }

  test.each<[string, Project, string, unknown]>([
    ['configured in one word', project({ demo: 'acme-demo' }), 'demo', app('demo', 'acme-demo', '.parityrc')],
    [
      'configured with settings',
      project({ demo: { app: 'acme-demo', branch: 'topic', from: 'production', folder: 'backend' } }),
      'demo',
      app('demo', 'acme-demo', '.parityrc', { branch: 'topic', from: 'production', folder: 'backend' }),
    ],
    [
      'a git remote of that name',
      project(undefined, { staging: 'acme-staging' }),
      'staging',
      app('staging', 'acme-staging', 'git remote staging', { remote: 'staging' }),
    ],
    [
      'configured rather than a git remote',
      project({ staging: 'acme-staging-2' }, { staging: 'acme-staging' }),
      'staging',
      app('staging', 'acme-staging-2', '.parityrc'),
    ],
    [
      'a git remote with settings',
      project({ staging: { branch: 'develop', protected: true } }, { staging: 'acme-staging' }),
      'staging',
      app('staging', 'acme-staging', 'git remote staging', {
        remote: 'staging',
        branch: 'develop',
        protectedBecause: '.parityrc says so',
      }),
    ],
    [
      'a git remote of another name',
      project({ demo: { remote: 'heroku' } }, { heroku: 'acme-demo', demo: 'acme-other' }),
      'demo',
      app('demo', 'acme-demo', 'git remote heroku', { remote: 'heroku' }),
    ],
    ['nothing without both', project({ demo: { branch: 'topic' } }), 'demo', undefined],
    [
      'nothing for a remote that leads elsewhere',
      project({}, { origin: 'git@github.com:acme/app.git' }),
      'origin',
      undefined,
    ],
    ['nothing for an unknown name', project({ demo: 'acme-demo' }), 'dema', undefined],
    ['nothing for what every object has', project({ demo: 'acme-demo' }), 'constructor', undefined],
    ['nothing for __proto__', project({ demo: 'acme-demo' }), '__proto__', undefined],
    ['this machine as development', project(), 'development', local('development')],
    ['this machine as local', project(), 'local', local('local')],
    [
      'this machine as development with settings but no app',
      project({ development: { branch: 'topic' } }, { development: 'acme-development' }),
      'development',
      local('development'),
    ],
    [
      'an app as development where one is configured',
      project({ development: 'acme-development' }),
      'development',
      app('development', 'acme-development', '.parityrc'),
    ],
    [
      'this machine as local even then',
      project({ development: 'acme-development', local: 'x' }),
      'local',
      local('local'),
    ],
    ['protected by name', project({ production: 'acme' }), 'production', app('production', 'acme', '.parityrc', live)],
    [
      'protected by name whatever is configured',
      project({ production: { app: 'acme', protected: false } }),
      'production',
      app('production', 'acme', '.parityrc', live),
    ],
  ])('%s', (_, project, name, expected) => {
    expect(tryEnvironment(project, name)).toEqual(expected)
  })
})

test('all environments: this machine, the configured ones, the remotes that lead to Heroku', () => {
  const remotes = { origin: 'git@github.com:acme/app.git', staging: 'acme-staging', production: 'acme-production' }
  const all = allEnvironments(project({ demo: 'acme-demo', staging: 'acme-staging-2', half: {} }, remotes))
  expect(all.map((environment) => [environment.name, environment.kind === 'heroku' ? environment.app : ''])).toEqual([
    ['development', ''],
    ['demo', 'acme-demo'],
    ['staging', 'acme-staging-2'],
    ['production', 'acme-production'],
  ])
})

describe('another name for a protected app is protected too', () => {
  const shared = project(
    { live: 'acme-production', eu: { app: 'acme-eu', protected: true }, demo: 'acme-demo', europe: 'acme-eu' },
    { production: 'acme-production' },
  )
  const because = {
    development: undefined,
    live: 'its app acme-production is the app of production',
    eu: '.parityrc says so',
    demo: undefined,
    europe: 'its app acme-eu is the app of eu',
    production: 'it is named production',
  }

  test('in the list', () => {
    const all = allEnvironments(shared)
    const found = all.map((one) => [one.name, one.kind === 'heroku' ? one.protectedBecause : undefined])
    expect(Object.fromEntries(found)).toEqual(because)
  })

  test.each(Object.entries(because).slice(1))('by itself: %s', (name, expected) => {
    const environment = tryEnvironment(shared, name) as HerokuEnvironment
    expect(withProtection(shared, environment)).toEqual({
      ...environment,
      ...(expected === undefined ? {} : { protectedBecause: expected }),
    })
  })

  test('for one that is not in the list, such as a review app', () => {
    const review: HerokuEnvironment = { kind: 'heroku', name: 'pr_app 3', app: 'acme-eu', origin: 'the pipeline' }
    expect(withProtection(shared, review).protectedBecause).toBe('its app acme-eu is the app of eu')
  })
})

describe('an unknown environment', () => {
  const add = (name: string) => `\`heroku git:remote --app APP --remote ${name}\` adds a remote, or`
  const first = (name: string) => `${add(name)} .parityrc the line \`environments: { ${name}: APP }\``
  const another = (name: string) => `${add(name)} .parityrc the line \`${name}: APP\` below \`environments\``
  const list = '`parity environments` lists those there are'

  test.each<[string, Project, string, string, string]>([
    ['without anything', project(), 'demo', 'no environment `demo` (no configuration; no git remotes)', first('demo')],
    [
      'outside of git',
      { ...project(), inGit: false },
      'demo',
      'no environment `demo` (no configuration; not a git repository)',
      'run this in the repository of the app, or name its configuration with `--config FILE`',
    ],
    [
      'outside of git, with a configuration',
      { ...project({ demo: 'acme-demo' }), inGit: false },
      'qa',
      'no environment `qa` (.parityrc has demo; not a git repository)',
      'add to .parityrc the line `qa: APP` below `environments`',
    ],
    [
      'like a configured one',
      project({ demo: 'acme-demo' }, { origin: 'git@github.com:acme/app.git' }),
      'demmo',
      'no environment `demmo`, did you mean `demo`? (.parityrc has demo; git remotes are origin)',
      another('demmo'),
    ],
    [
      'like this machine',
      project(),
      'develpment',
      'no environment `develpment`, did you mean `development`? (no configuration; no git remotes)',
      first('develpment'),
    ],
    [
      'that is a remote of another host, which must not be replaced',
      project({}, { origin: 'https://user:secret@github.com/acme/app.git' }),
      'origin',
      'the git remote `origin` does not lead to an app on Heroku (.parityrc has no environments; git remotes are origin)',
      list,
    ],
    [
      'with a remote that is not there',
      project({ demo: { remote: 'heroku' } }),
      'demo',
      'environment `demo` has no `app`, and there is no git remote `heroku` (.parityrc has demo; no git remotes)',
      '`heroku git:remote --app APP --remote heroku` adds the remote, or .parityrc the line `app: APP` below `demo`',
    ],
    ['that is a command', project(), 'backup', 'no environment `backup` (no configuration; no git remotes)', list],
  ])('%s', (_, project, name, message, hint) => {
    expect(() => findEnvironment(project, name)).toThrow(expect.objectContaining({ status: 2, message, hint }))
  })

  test('that is nearly one: the line, with the name', () => {
    const where = project({}, { production: 'acme-production' })
    expect(() => findEnvironment(where, 'prod', (name) => `parity check ${name}`)).toThrow(
      expect.objectContaining({ hint: '`parity check production`' }),
    )
  })
})
