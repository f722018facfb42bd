import { afterEach, expect, test } from 'vitest'
import type { Project } from '../../../src/environments/environments.ts'
import { missingAppExplainer } from '../../../src/environments/missing-app.ts'
import { NoSuchApp } from '../../../src/heroku/heroku-error.ts'
import { startServer, type TestServer } from '../http-server.ts'

let heroku: TestServer
afterEach(() => heroku.close())

/** How an app that is not there is explained, in an account that has `apps`. */
async function explained(app: string, project: Partial<Project>, apps: readonly string[] | undefined) {
  heroku = await startServer((_, response) => {
    response.statusCode = apps ? 200 : 403
    response.end(JSON.stringify(apps?.map((name) => ({ name })) ?? {}))
  })
  const env = { HEROKU_HOST: heroku.url, HEROKU_API_KEY: 'key' }
  const ambient = { env, cache: '', folder: '', now: new Date(), hasTerminal: false }
  const explain = missingAppExplainer({
    ...{ root: '', folder: '', inGit: true, configuration: {}, remotes: () => [], ambient },
    ...project,
  })
  await explain(new NoSuchApp(app))
  return explain(new NoSuchApp(app))
}

const configured = { configuration: { file: '.parityrc', environments: { demo: 'acme-dmeo' } } }
const remote = { remotes: () => [{ name: 'demo', url: 'https://git.heroku.com/acme-dmeo.git' }] }
const apps = ['other', 'acme-demo']

test.each<[project: Partial<Project>, apps: string[] | undefined, message: string, hint: string]>([
  [
    configured,
    apps,
    'no app `acme-dmeo` is visible to this account, did you mean `acme-demo`? (demo by .parityrc)',
    'fix `environments.demo` in .parityrc',
  ],
  [
    configured,
    undefined,
    'no app `acme-dmeo` is visible to this account (demo by .parityrc)',
    'fix `environments.demo` in .parityrc; `heroku apps --all` lists the apps that are',
  ],
  [
    remote,
    apps,
    'no app `acme-dmeo` is visible to this account, did you mean `acme-demo`? (demo by git remote demo)',
    '`heroku git:remote --app acme-demo --remote demo`',
  ],
  [{}, apps, 'no app `acme-dmeo` is visible to this account', '`heroku apps --all` lists the apps that are'],
])('%#: the setting that names it, and the app that was meant', async (project, apps, message, hint) => {
  expect(await explained('acme-dmeo', project, apps)).toMatchObject({ status: 1, message, hint })
  expect(heroku.received.length).toBeLessThanOrEqual(1)
})

test('any other error stays what it is', async () => {
  heroku = await startServer(() => {})
  const error = new Error('other')
  expect(await missingAppExplainer({} as Project)(error)).toBe(error)
})
