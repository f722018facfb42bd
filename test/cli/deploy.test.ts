import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { few, rarely } from '../often.ts'
import { startServer } from '../unit/http-server.ts'
import { type Ended, type RunOptions, World } from './world.ts'

const threeDaysAgo = new Date(Date.now() - 3.1 * 86_400_000).toISOString()
const author = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_AUTHOR_DATE: threeDaysAgo,
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
}

/** A checkout and the git side of Heroku: bare repositories that git is led to whenever it hears `https://git.heroku.com/`. */
class Checkout {
  readonly world = new World().real('git')
  readonly #apps = join(this.world.folder, 'apps')

  constructor({ remotes = true } = {}) {
    mkdirSync(this.#apps)
    for (const app of ['acme-production', 'acme-staging'])
      this.git('init', '--quiet', '--bare', join(this.#apps, `${app}.git`))
    const lead = [
      `[url "file://${this.#apps}/"]`,
      '\tinsteadOf = https://git.heroku.com/',
      '[advice]',
      '\tdetachedHead = false',
    ]
    writeFileSync(join(this.world.home, '.gitconfig'), `${lead.join('\n')}\n`)
    this.git('init', '--quiet', '--initial-branch=main')
    if (!remotes) return
    for (const name of ['production', 'staging'])
      this.git('remote', 'add', name, `https://git.heroku.com/acme-${name}.git`)
  }

  git(...args: string[]): string {
    const env = { ...this.world.environment(author), PATH: process.env.PATH }
    return execFileSync('git', args, {
      cwd: this.world.project,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trimEnd()
  }

  /** Makes a commit on what is checked out, and returns its SHA. */
  commit(subject: string): string {
    this.git('commit', '--quiet', '--allow-empty', '--message', subject)
    return this.sha('HEAD')
  }

  sha(ref: string): string {
    return this.git('rev-parse', ref)
  }

  /** As `- abc1234 Subject (Ada, 3 days ago)`. */
  line(commit: string): string {
    return `  ${commit.slice(0, 7)} ${this.git('log', '-1', '--format=%s', commit)} (Ada, 3 days ago)`
  }

  /** Puts a commit on the app without parity. */
  ship(app: string, commit: string, branch = 'main'): void {
    this.git('push', '--quiet', '--force', `https://git.heroku.com/${app}.git`, `${commit}:refs/heads/${branch}`)
  }

  /** The app's branches and their commits. */
  heads(app: string): Record<string, string> {
    const lines = this.git('ls-remote', '--heads', `https://git.heroku.com/${app}.git`).split('\n').filter(Boolean)
    return Object.fromEntries(lines.map((line) => line.split('\trefs/heads/').reverse()))
  }

  /** A second repository as `origin`, which has `branch` as it is now. */
  publish(branch = 'main'): void {
    const origin = join(this.world.folder, 'origin.git')
    this.git('init', '--quiet', '--bare', origin)
    this.git('remote', 'add', 'origin', origin)
    this.git('push', '--quiet', '--set-upstream', 'origin', branch)
  }

  deploy(environment: string, ...args: string[]): Promise<Ended> {
    return this.world.run(environment, ['deploy', ...args])
  }

  /** What a dry run prints, which must be all, to the push; what follows that is the look at the release. */
  async dryRun(environment: string, args: string[] = [], options: RunOptions = {}): Promise<string[]> {
    const { stdout, ...ended } = await this.world.run('parity', ['--dry-run', environment, 'deploy', ...args], options)
    expect(ended).toEqual({ status: 0, signal: null, stderr: '', calls: [] })
    const lines = stdout.trimEnd().split('\n')
    return lines.at(-1)?.startsWith('# release: ') ? lines.slice(0, -1) : lines
  }

  async refused(
    environment: string,
    args: string[],
    message: string,
    hint: string,
    { status = 2, ...options }: RunOptions & { status?: number } = {},
  ) {
    const ended = await this.world.run('parity', [environment, 'deploy', ...args], options)
    expect(ended).toEqual({ status, signal: null, stdout: '', stderr: `${message}\n${hint}\n`, calls: [] })
  }
}

const checkouts: Checkout[] = []
afterEach(() => {
  for (const { world } of checkouts.splice(0)) world.remove()
})

function checkout(options = {}): Checkout {
  const made = new Checkout(options)
  checkouts.push(made)
  return made
}

const short = (commit: string) => commit.slice(0, 10)

describe('an unprotected environment', () => {
  test('gets HEAD, leased on the commit that was seen there', async () => {
    const here = checkout()
    const first = here.commit('First')
    here.ship('acme-staging', first)
    here.git('checkout', '--quiet', '-b', 'feature')
    const second = here.commit('Second')
    expect(await here.dryRun('staging')).toEqual([
      `# deploying HEAD (${short(second)}) to acme-staging: 1 commit`,
      `# ${here.line(second)}`,
      `git push --force-with-lease=refs/heads/main:${first} staging ${second}:refs/heads/main`,
    ])
    expect(here.heads('acme-staging')).toEqual({ main: first })
    const { stderr, ...ended } = await here.deploy('staging')
    expect(ended).toEqual({ status: 0, signal: null, stdout: '', calls: [] })
    expect(stderr.split('\n').slice(0, 2)).toEqual([
      `deploying HEAD (${short(second)}) to acme-staging: 1 commit`,
      here.line(second),
    ])
    expect(here.heads('acme-staging')).toEqual({ main: second })
  })

  test('gets what a dry run prints, typed into `sh -e`', async () => {
    const here = checkout()
    here.ship('acme-staging', here.commit('First'))
    const second = here.commit('Second\r\ntouch planted')
    const input = (await here.dryRun('staging')).join('\n')
    const { status, stdout } = await here.world.runProgram('/bin/sh', ['-e'], { input })
    expect([status, stdout]).toEqual([0, ''])
    expect(here.heads('acme-staging')).toEqual({ main: second })
    expect(here.git('status', '--porcelain')).toBe('')
  })

  rarely('loses what only it had, and that is said', async () => {
    const here = checkout()
    const first = here.commit('First')
    here.ship('acme-staging', here.commit('Of the app'))
    here.git('reset', '--quiet', '--hard', first)
    const mine = here.commit('Mine')
    expect((await here.dryRun('staging'))[0]).toBe(
      `# deploying HEAD (${short(mine)}) to acme-staging: 1 commit, and what only the app has is replaced`,
    )
    expect((await here.deploy('staging')).status).toBe(0)
    expect(here.heads('acme-staging')).toEqual({ main: mine })
  })

  test('keeps what somebody pushed in between', async () => {
    const here = checkout()
    const first = here.commit('First')
    here.ship('acme-staging', first)
    const theirs = here.commit('Theirs')
    here.git('reset', '--quiet', '--hard', first)
    here.commit('Mine')
    const input = (await here.dryRun('staging')).join('\n')
    here.ship('acme-staging', theirs)
    const { status, stderr } = await here.world.runProgram('/bin/sh', ['-e'], { input })
    expect([status, stderr]).toEqual([1, expect.stringContaining('(stale info)')])
    expect(here.heads('acme-staging')).toEqual({ main: theirs })
  })

  rarely('keeps what somebody pushed first into the empty app', async () => {
    const here = checkout()
    const first = here.commit('First')
    const theirs = here.commit('Theirs')
    here.git('reset', '--quiet', '--hard', first)
    const input = (await here.dryRun('staging')).join('\n')
    here.ship('acme-staging', theirs)
    expect((await here.world.runProgram('/bin/sh', ['-e'], { input })).status).toBe(1)
    expect(here.heads('acme-staging')).toEqual({ main: theirs })
  })

  rarely('B27: gets the branch, the tag or the commit that is named', async () => {
    const here = checkout()
    const first = here.commit('First')
    here.git('tag', 'light')
    here.git('tag', '--annotate', '--message', 'A tag', 'heavy')
    here.git('branch', 'topic')
    here.commit('Second')
    for (const typed of ['topic', 'light', 'heavy', 'HEAD~1', first]) {
      expect((await here.dryRun('staging', [typed])).at(-1)).toBe(
        `git push --force-with-lease=refs/heads/main: staging ${first}:refs/heads/main`,
      )
    }
    expect((await here.deploy('staging', 'heavy')).status).toBe(0)
    expect(here.heads('acme-staging')).toEqual({ main: first })
  })

  test('gets the branch of the configuration, not what is checked out', async () => {
    const here = checkout()
    const first = here.commit('First')
    here.git('branch', 'develop')
    here.commit('Second')
    here.world.write('../parity.yml', 'environments: { staging: { branch: develop } }')
    const env = { PARITY_CONFIG: '../parity.yml' }
    expect((await here.dryRun('staging', [], { env })).at(-1)).toBe(
      `git push --force-with-lease=refs/heads/main: staging ${first}:refs/heads/main`,
    )
  })

  rarely('gets its first deploy: of a long history the newest twenty commits are shown', async () => {
    const here = checkout()
    for (let count = 0; count < 23; count++) here.commit(`Commit ${count}`)
    const head = here.sha('HEAD')
    const lines = await here.dryRun('staging')
    expect([lines[0], lines.length, ...lines.slice(-2)]).toEqual([
      `# deploying HEAD (${short(head)}) to acme-staging: 23 commits`,
      23,
      '#   … and 3 more',
      `git push --force-with-lease=refs/heads/main: staging ${head}:refs/heads/main`,
    ])
    expect((await here.deploy('staging')).status).toBe(0)
    expect(here.heads('acme-staging')).toEqual({ main: head })
  })

  rarely('has the commit already, or a newer one', async () => {
    const here = checkout()
    const first = here.commit('First')
    const second = here.commit('Second')
    here.ship('acme-staging', second)
    expect((await here.dryRun('staging'))[0]).toBe(
      `# deploying HEAD (${short(second)}) to acme-staging: it has this commit already`,
    )
    expect((await here.dryRun('staging', [first]))[0]).toBe(
      `# deploying ${first} (${short(first)}) to acme-staging: an older commit than it has`,
    )
  })

  rarely('has a commit that this clone does not know', async () => {
    const here = checkout()
    here.commit('First')
    const foreign = stranger(here)
    expect(await here.dryRun('staging')).toEqual([
      `# deploying HEAD (${short(here.sha('HEAD'))}) to acme-staging; what it has, ${short(foreign)}, is not in this clone: what it replaces is unknown`,
      `git push --force-with-lease=refs/heads/main:${foreign} staging ${here.sha('HEAD')}:refs/heads/main`,
    ])
  })
})

/** Ships a commit of another clone to staging and production, and returns it. */
function stranger(here: Checkout): string {
  const other = checkout()
  const foreign = other.commit('Unknown here')
  const bundle = join(other.world.folder, 'bundle')
  other.git('bundle', 'create', bundle, 'HEAD')
  for (const app of ['acme-staging', 'acme-production'])
    here.git('-C', join(here.world.folder, 'apps', `${app}.git`), 'fetch', '--quiet', bundle, 'HEAD:refs/heads/main')
  return foreign
}

describe('a protected environment', () => {
  test('gets its branch as it is upstream, not what is checked out, and is never forced', async () => {
    const here = checkout()
    const first = here.commit('First')
    here.ship('acme-production', first)
    const published = here.commit('Published')
    here.publish()
    here.commit('Unpublished')
    here.git('checkout', '--quiet', '-b', 'feature')
    here.commit('Feature')
    expect(await here.dryRun('production')).toEqual([
      '# main is 1 commit ahead of origin/main: not pushed there yet',
      `# deploying origin/main (${short(published)}) to acme-production: 1 commit`,
      `# ${here.line(published)}`,
      `git push production ${published}:refs/heads/main`,
    ])
    expect((await here.deploy('production')).status).toBe(0)
    expect(here.heads('acme-production')).toEqual({ main: published })
  })

  test('gets the branch of the configuration', async () => {
    const here = checkout()
    here.commit('First')
    here.git('branch', 'release')
    here.publish('release')
    here.world.write('../parity.yml', 'environments: { production: { branch: release } }')
    const env = { PARITY_CONFIG: '../parity.yml' }
    expect((await here.dryRun('production', [], { env })).at(-1)).toBe(
      `git push production ${here.sha('release')}:refs/heads/main`,
    )
  })

  rarely('gets the ref that is named, still without force', async () => {
    const here = checkout()
    here.commit('First')
    here.git('branch', 'hotfix')
    expect((await here.dryRun('production', ['hotfix'])).at(-1)).toBe(
      `git push production ${here.sha('hotfix')}:refs/heads/main`,
    )
  })

  rarely('B26: gets main where a stale master is beside it', async () => {
    const here = checkout()
    here.commit('First')
    here.git('branch', 'master')
    const second = here.commit('Second')
    expect((await here.dryRun('production')).at(-1)).toBe(`git push production ${second}:refs/heads/main`)
  })

  rarely('gets master where that is all there is', async () => {
    const here = checkout()
    here.commit('First')
    here.git('branch', '--move', 'master')
    expect((await here.dryRun('production')).at(-1)).toBe(`git push production ${here.sha('master')}:refs/heads/main`)
  })

  rarely('B27: gets what the upstream calls its own branch, such as trunk', async () => {
    const here = checkout()
    here.commit('First')
    here.git('branch', 'trunk')
    here.publish('trunk')
    here.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/trunk')
    expect((await here.dryRun('production')).at(-1)).toBe(`git push production ${here.sha('trunk')}:refs/heads/main`)
  })

  rarely('gets the branch as it is here where its upstream is the app itself', async () => {
    const here = checkout()
    here.commit('First')
    here.git('push', '--quiet', '--set-upstream', 'production', 'main')
    const second = here.commit('Second')
    expect((await here.dryRun('production')).slice(-3)).toEqual([
      `# deploying main (${short(second)}) to acme-production: 1 commit`,
      `# ${here.line(second)}`,
      `git push production ${second}:refs/heads/main`,
    ])
  })

  test('refuses what is no fast-forward', async () => {
    const here = checkout()
    const first = here.commit('First')
    const theirs = here.commit('Theirs')
    here.ship('acme-production', theirs)
    here.git('reset', '--quiet', '--hard', first)
    const mine = here.commit('Mine')
    await here.refused(
      'production',
      [],
      `production has ${short(theirs)}, which is not an ancestor of main (${short(mine)}); it is never forced`,
      `\`git merge ${short(theirs)}\` brings it in; \`production rollback\` returns to an older release`,
      { status: 1 },
    )
    expect(here.heads('acme-production')).toEqual({ main: theirs })
  })

  rarely('refuses to guess where this clone does not know what it has', async () => {
    const here = checkout()
    const mine = here.commit('First')
    const foreign = stranger(here)
    await here.refused(
      'production',
      [],
      `production has ${short(foreign)}, which is not in this clone: whether main (${short(mine)}) contains it is unknown, and it is never forced`,
      '`git fetch production main` gets it',
      { status: 1 },
    )
  })

  rarely('is not overwritten by a push in between', async () => {
    const here = checkout()
    const first = here.commit('First')
    here.ship('acme-production', first)
    const theirs = here.commit('Theirs')
    here.git('reset', '--quiet', '--hard', first)
    here.commit('Mine')
    const input = (await here.dryRun('production')).join('\n')
    here.ship('acme-production', theirs)
    const { status, stderr } = await here.world.runProgram('/bin/sh', ['-e'], { input })
    expect([status, stderr]).toEqual([1, expect.stringContaining('[rejected]')])
    expect(here.heads('acme-production')).toEqual({ main: theirs })
  })

  test.each([
    ['Heroku’s pipeline says so', 'staging', 'production', false],
    ['not where Heroku says otherwise', 'staging', 'staging', true],
  ])('by its stage: %s', async (_, name, stage, forced) => {
    const here = checkout()
    here.commit('First')
    const heroku = await startServer((_request, response) =>
      response.end(JSON.stringify({ stage, pipeline: { id: 'p' } })),
    )
    const env = { HEROKU_HOST: heroku.url, HEROKU_API_KEY: 'a-key', HEROKU_GIT_HOST: 'git.heroku.com' }
    try {
      const line = (await here.dryRun(name, [], { env })).at(-1)
      expect(line?.includes('--force')).toBe(forced)
      expect(heroku.received.map(({ url }) => url)).toEqual([`/apps/acme-${name}/pipeline-couplings`])
    } finally {
      await heroku.close()
    }
  })
})

describe('the destination', () => {
  test.each(
    few(2, [
      [['main'], 'main'],
      [['master'], 'master'],
      [['main', 'master'], 'main'],
      [['other'], 'main'],
    ]),
  )('of an app with %j is %s', async (branches, destination) => {
    const here = checkout()
    const first = here.commit('First')
    for (const branch of branches) here.ship('acme-staging', first, branch)
    const second = here.commit('Second')
    expect((await here.deploy('staging')).status).toBe(0)
    expect(here.heads('acme-staging')).toEqual({
      ...Object.fromEntries(branches.map((branch) => [branch, first])),
      [destination]: second,
    })
  })

  test('is the app’s git URL without a remote', async () => {
    const here = checkout({ remotes: false })
    const head = here.commit('First')
    here.world.write('../parity.yml', 'environments: { staging: acme-staging }')
    const options = { env: { PARITY_CONFIG: '../parity.yml' } }
    expect((await here.dryRun('staging', [], options)).at(-1)).toBe(
      'git push --force-with-lease=refs/heads/main: https://git.heroku.com/acme-staging.git ' +
        `${head}:refs/heads/main`,
    )
    expect((await here.world.run('staging', ['deploy'], options)).status).toBe(0)
    expect(here.heads('acme-staging')).toEqual({ main: head })
  })

  rarely('is the app’s git URL where the remote of that name leads to another app', async () => {
    const here = checkout()
    here.commit('First')
    here.world.write('../parity.yml', 'environments: { staging: acme-production-2 }')
    await here.refused(
      'staging',
      [],
      [
        'git cannot reach https://git.heroku.com/acme-production-2.git:',
        `  fatal: '${join(here.world.folder, 'apps/acme-production-2.git')}' does not appear to be a git repository`,
        '  fatal: Could not read from remote repository.',
        '  Please make sure you have the correct access rights',
        '  and the repository exists.',
      ].join('\n'),
      '`git remote --verbose` shows where git goes to, `parity environments` which app is meant',
      { status: 1, env: { PARITY_CONFIG: '../parity.yml' } },
    )
  })

  rarely('is a configured remote that is not Heroku’s', async () => {
    const here = checkout()
    const head = here.commit('First')
    here.git('remote', 'add', 'proxy', join(here.world.folder, 'apps/acme-staging.git'))
    here.world.write('../parity.yml', 'environments: { staging: { app: acme-staging, remote: proxy } }')
    expect((await here.world.run('staging', ['deploy'], { env: { PARITY_CONFIG: '../parity.yml' } })).status).toBe(0)
    expect(here.heads('acme-staging')).toEqual({ main: head })
  })

  test.each([
    ['nowhere', 'which does not exist'],
    ['production', 'which leads to acme-production and not to acme-staging'],
  ])('is not the remote `%s`', async (remote, reason) => {
    const here = checkout()
    here.commit('First')
    here.world.write('../parity.yml', `environments: { staging: { app: acme-staging, remote: ${remote} } }`)
    await here.refused(
      'staging',
      [],
      `staging is configured for the git remote \`${remote}\`, ${reason}`,
      `\`heroku git:remote --app acme-staging --remote ${remote}\``,
      { env: { PARITY_CONFIG: '../parity.yml' } },
    )
  })
})

describe('where git really pushes to', () => {
  const staging = 'https://git.heroku.com/acme-staging.git'
  const production = 'https://git.heroku.com/acme-production.git'

  test.each<[what: string, settings: [key: string, value: string][], places: string, cause: string]>(
    few(2, [
      ['a push URL', [['remote.staging.pushurl', production]], 'APPS/acme-production.git', 'remote.staging.pushurl'],
      [
        'a push URL beside the right one',
        [
          ['remote.staging.pushurl', staging],
          ['remote.staging.pushurl', production],
        ],
        'APPS/acme-staging.git and APPS/acme-production.git',
        'remote.staging.pushurl',
      ],
      [
        'two URLs',
        [['remote.staging.url', production]],
        'APPS/acme-staging.git and APPS/acme-production.git',
        'remote.staging.url',
      ],
      ['pushInsteadOf', [[`url.${production}.pushInsteadOf`, staging]], production, `url.${production}.pushinsteadof`],
      ['insteadOf', [[`url.${production}.insteadOf`, staging]], production, `url.${production}.insteadof`],
      [
        'a password',
        [['remote.staging.pushurl', 'https://me:secret@example.com/x.git']],
        'https://me:***@example.com/x.git',
        'remote.staging.pushurl',
      ],
    ]),
  )('is refused for %s, with the setting and its file', async (_, settings, places, cause) => {
    const here = checkout()
    here.commit('First')
    for (const [key, value] of settings) here.git('config', '--add', key, value)
    const config = here.git('config', '--list', '--show-origin')
    const { status, stdout, stderr, calls } = await here.deploy('staging')
    expect([status, stdout, calls]).toEqual([2, '', []])
    const apps = `file://${here.world.folder}/apps`
    expect(stderr).toContain(
      `git would push staging to ${places.replaceAll('APPS', apps)}, and not to acme-staging alone\n`,
    )
    expect(stderr).toContain(`.git/config: ${cause} = `)
    expect(stderr).not.toContain('secret')
    expect(here.heads('acme-production')).toEqual({})
    expect(here.git('config', '--list', '--show-origin')).toBe(config)
  })

  test('is refused for the URL of an app without a remote, too', async () => {
    const here = checkout({ remotes: false })
    here.commit('First')
    here.world.write('../parity.yml', 'environments: { staging: acme-staging }')
    here.git('config', `url.${production}.pushInsteadOf`, staging)
    const env = { PARITY_CONFIG: '../parity.yml' }
    expect(await here.world.run('staging', ['deploy'], { env })).toMatchObject({ status: 2 })
    expect(here.heads('acme-production')).toEqual({})
  })

  rarely('the way out leads out', async () => {
    const here = checkout()
    const head = here.commit('First')
    here.git('config', 'remote.staging.pushurl', production)
    const { stderr } = await here.deploy('staging')
    const [, line = ''] = /`(git config [^`]*)`/.exec(stderr) ?? []
    here.git(...line.split(' ').slice(1))
    expect(await here.deploy('staging')).toMatchObject({ status: 0 })
    expect(here.heads('acme-staging')).toEqual({ main: head })
  })

  rarely('another way to the same app is as good', async () => {
    const here = checkout()
    const head = here.commit('First')
    here.git('config', 'remote.staging.pushurl', `file://${here.world.folder}/apps/acme-staging.git`)
    expect(await here.deploy('staging')).toMatchObject({ status: 0 })
    expect(here.heads('acme-staging')).toEqual({ main: head })
  })
})

describe('migrations', () => {
  test('are listed, those of the environment’s folder alone, and a framework is found there', async () => {
    const here = checkout()
    here.ship('acme-staging', here.commit('First'))
    for (const [path, text] of [
      ['backend/db/migrate/1_a.rb', ''],
      ['backend/bin/rails', ''],
      ['backend/Procfile', 'web: bin/rails server\nrelease: bin/rails db:migrate\n'],
      ['other/db/migrate/2_b.rb', ''],
    ] as const)
      here.world.write(path, text)
    here.git('add', '.')
    here.commit('Second')
    here.world.write('../all.yml', 'environments: { staging: { app: acme-staging } }')
    here.world.write('../folder.yml', 'environments: { staging: { app: acme-staging, folder: backend } }')
    const under = (file: string, ...args: string[]) => here.dryRun('staging', args, { env: { PARITY_CONFIG: file } })
    expect(await under('../all.yml')).toContain('# 2 migrations: backend/db/migrate/1_a.rb, other/db/migrate/2_b.rb')
    const lines = await under('../folder.yml', '--migrate')
    expect(lines).toContain('# 1 migration: backend/db/migrate/1_a.rb')
    expect(lines.slice(-2)).toEqual([
      'heroku run --exit-code --app acme-staging --no-tty -- bundle exec rails db:migrate',
      'heroku ps:restart --app acme-staging',
    ])
    await here.refused(
      'staging',
      ['--migrate'],
      `cannot tell what \`migrate\` runs: no framework was recognised in ${here.world.project}`,
      'add these two lines to ../all.yml:\ncommands:\n  migrate: COMMAND',
      { env: { PARITY_CONFIG: '../all.yml' } },
    )
  })

  rarely('that shipped are named with the line that runs them', async () => {
    const here = checkout()
    here.ship('acme-staging', here.commit('First'))
    here.world.write('db/migrate/1_a.rb', '')
    here.git('add', '.')
    here.commit('Second')
    const { status, stderr } = await here.deploy('staging')
    expect(status).toBe(0)
    expect(stderr).toContain('\n1 migration: db/migrate/1_a.rb\n')
    expect(stderr).toMatch(/\n1 migration shipped: `staging migrate` runs it\n$/)
  })
})

describe('is said', () => {
  test('a dirty tree', async () => {
    const here = checkout()
    here.commit('First')
    here.world.write('one', '')
    expect((await here.dryRun('staging'))[0]).toBe('# 1 changed file is not committed and will not ship')
    here.world.write('two', '')
    expect((await here.dryRun('staging'))[0]).toBe('# 2 changed files are not committed and will not ship')
  })

  rarely('a branch that differs from its upstream', async () => {
    const here = checkout()
    const first = here.commit('First')
    here.commit('Second')
    here.publish()
    here.git('reset', '--quiet', '--hard', first)
    expect((await here.dryRun('staging'))[0]).toBe('# main is 1 commit behind origin/main')
    here.commit('Third')
    here.commit('Fourth')
    expect((await here.dryRun('staging')).slice(0, 2)).toEqual([
      '# main is 2 commits ahead of origin/main: not pushed there yet',
      '# main is 1 commit behind origin/main',
    ])
    // A commit is no branch: it differs from nothing.
    expect((await here.dryRun('staging', [first]))[0]).toMatch(/^# deploying /)
  })
})

describe('is refused', () => {
  rarely('what is no commit', async () => {
    const here = checkout()
    here.commit('First')
    const hint = '`git branch --all` lists the branches; a new one may need `git fetch`'
    for (const ref of ['nope', '+main']) {
      await here.refused('staging', [ref], `\`${ref}\` is not a branch, tag or commit of this repository`, hint)
    }
    for (const ref of ['main:other', 'HEAD:']) {
      await here.refused(
        'staging',
        [ref],
        `\`deploy\` takes one commit, got \`${ref}\`: it always goes to the main branch of acme-staging`,
        `\`staging deploy ${ref.split(':')[0]}\``,
      )
    }
    await here.refused(
      'staging',
      ['--', '--mirror'],
      '`--mirror` is not a branch, tag or commit',
      'parity decides about force itself: see `deploy --help`',
    )
    expect(here.heads('acme-staging')).toEqual({})
  })

  test('a repository without a commit', async () => {
    await checkout().refused('staging', [], 'this repository has no commit yet', '`git commit` makes the first one')
  })

  rarely('a name of a branch and of a tag that differ; either can be named', async () => {
    const here = checkout()
    const first = here.commit('First')
    here.git('tag', 'rel')
    here.commit('Second')
    here.git('branch', 'rel')
    await here.refused(
      'staging',
      ['rel'],
      '`rel` is a branch and a tag, of two commits',
      '`staging deploy heads/rel` or `staging deploy tags/rel`',
    )
    expect((await here.dryRun('staging', ['tags/rel'])).at(-1)).toContain(` ${first}:refs/heads/main`)
    expect((await here.dryRun('staging', ['heads/rel'])).at(-1)).toContain(` ${here.sha('HEAD')}:refs/heads/main`)
  })

  test('a protected environment’s branch, where there is none', async () => {
    const here = checkout()
    here.commit('First')
    here.git('branch', '--move', 'trunk')
    await here.refused(
      'production',
      [],
      'no branch `main` or `master` found',
      'name what to deploy: `production deploy BRANCH`, or `branch:` of the environment in .parityrc',
    )
  })

  rarely('a folder that is no repository', async () => {
    const world = new World().real('git').write('.parityrc', 'environments: { staging: acme-staging }')
    const ended = await world.run('staging', ['deploy'])
    world.remove()
    expect(ended).toEqual({
      status: 2,
      signal: null,
      stdout: '',
      stderr: 'not a git repository\nrun this in the repository of the app\n',
      calls: [],
    })
  })

  test('a machine without git', async () => {
    const world = new World().write('.git/HEAD', '').write('.parityrc', 'environments: { staging: acme-staging }')
    const ended = await world.run('staging', ['deploy'])
    world.remove()
    expect(ended).toEqual({
      status: 127,
      signal: null,
      stdout: '',
      stderr: '`git` is not installed, or not on PATH\ninstall it with `apt-get install git` or `brew install git`\n',
      calls: [],
    })
  })
})
