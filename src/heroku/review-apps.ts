import { ParityError, usageError } from '../errors.ts'
import { shellWord } from '../run/print.ts'
import { pipelineCoupling, type ReviewApp, reviewApps } from './apps.ts'
import { connectHeroku } from './connect.ts'
import type { Variables } from './hosts.ts'

/** Where review apps are looked for: in the pipeline of the first of these apps that has one, else by a pattern of their names. */
type ReviewApps = {
  readonly apps: readonly string[]
  readonly pattern: string | undefined
  readonly env: Variables
}

/** A review app, how it is called (`pr_app 1234`), and what told. */
type FoundReviewApp = { readonly name: string; readonly app: string; readonly origin: string }

/**
 * The review app of a pull request, by `reviewApps.pattern` where Heroku cannot be asked. Throws a usage error where there is none, or
 * where it is unknown.
 */
export async function reviewAppOfNumber(project: ReviewApps, number: number): Promise<FoundReviewApp> {
  const listed = await listReviewApps(project)
  const name = `pr_app ${number}`
  const { pattern } = project
  if ('why' in listed && pattern !== undefined)
    return { name, app: pattern.replace('{number}', String(number)), origin: 'reviewApps.pattern' }
  const apps = known(listed)
  const found = apps.find((app) => app.pullRequest === number && !isGoing(app))
  if (found) return { name, app: madeApp(found, `pull request ${number}`), origin: 'the pipeline' }
  throw usageError(
    `pull request ${number} has no review app`,
    `${named(apps)}; \`heroku reviewapps:enable\` creates them`,
  )
}

/**
 * The review app of a branch; `words` are what was typed for it. Throws a usage error where there is none, none that a branch could have,
 * or where it is unknown.
 */
export async function reviewAppOfBranch(
  project: ReviewApps,
  branch: string,
  words: readonly string[],
): Promise<FoundReviewApp> {
  if (branch === '') throw noBranch(project.env, words)
  const apps = known(await listReviewApps(project))
  const found = apps.find((app) => app.branch === branch && !isGoing(app))
  if (found)
    return { name: `pr_app ${found.pullRequest}`, app: madeApp(found, `branch \`${branch}\``), origin: 'the pipeline' }
  throw usageError(
    `branch \`${branch}\` has no review app`,
    `name the pull request: \`pr_app NUMBER COMMAND\`; ${named(apps)}`,
  )
}

/** The review apps, or why they are unknown. */
type Listed = { readonly apps: readonly ReviewApp[] } | { readonly why: string }

/** The review apps of the first pipeline that one of the project's apps belongs to. */
async function listReviewApps({ apps, env }: ReviewApps): Promise<Listed> {
  const api = connectHeroku(env)
  let why = apps.length === 0 ? 'the project has no app on Heroku' : `${apps.join(', ')}: in no pipeline`
  for (const app of apps) {
    try {
      const coupling = await pipelineCoupling(api, app)
      if (coupling) return { apps: await reviewApps(api, coupling.pipelineId) }
    } catch (error) {
      if (!(error instanceof ParityError)) throw error
      why = error.message
    }
  }
  return { why }
}

/** What is known, or a usage error. */
function known(listed: Listed): readonly ReviewApp[] {
  if ('apps' in listed) return listed.apps
  throw usageError(
    `the review apps of this project could not be read: ${listed.why}`,
    "run `heroku login`, or add `reviewApps: { pattern: 'acme-pr-{number}' }` to .parityrc",
  )
}

function isGoing({ status }: ReviewApp): boolean {
  return status === 'deleting' || status === 'deleted'
}

/** The name of the app; a usage error where Heroku has not made it. */
function madeApp({ app, status }: ReviewApp, of: string): string {
  if (app !== undefined) return app
  if (status === 'errored')
    throw usageError(
      `the review app of ${of} could not be created`,
      "the pipeline's page shows why: `heroku pipelines:open PIPELINE`",
    )
  throw usageError(`the review app of ${of} is still being created (${status})`, 'run this again in a few minutes')
}

/** A detached HEAD, as in a CI job, which knows the number of its pull request by another way. */
function noBranch(env: Variables, words: readonly string[]) {
  const number = /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? '')?.[1] ?? 'NUMBER'
  return usageError(
    'no branch is checked out, so its review app is unknown',
    `name the pull request: \`pr_app ${[number, ...words].map(shellWord).join(' ')}\``,
  )
}

function named(apps: readonly ReviewApp[]): string {
  const names = apps.flatMap(({ app, pullRequest, branch }) => (app ? [`${app} (${pullRequest ?? branch})`] : []))
  return names.length === 0 ? 'the pipeline has no review apps' : `the pipeline has ${names.join(', ')}`
}
