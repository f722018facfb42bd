import { usageError } from '../errors.ts'
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

/** The review app of a pull request. Throws a usage error where there is none, or Heroku cannot be asked. */
export async function reviewAppOfNumber(project: ReviewApps, number: number): Promise<FoundReviewApp> {
  const apps = await listReviewApps(project)
  const found = apps?.find((app) => app.pullRequest === number)?.app
  const { pattern } = project
  if (found !== undefined) return { name: `pr_app ${number}`, app: found, origin: 'the pipeline' }
  if (apps === undefined && pattern !== undefined)
    return { name: `pr_app ${number}`, app: pattern.replace('{number}', String(number)), origin: 'reviewApps.pattern' }
  if (apps !== undefined)
    throw usageError(
      `pull request ${number} has no review app`,
      `${known(apps)}; \`heroku reviewapps:enable\` creates them`,
    )
  throw noPipeline()
}

/** The review app of a branch. Throws a usage error where there is none, or Heroku cannot be asked. */
export async function reviewAppOfBranch(project: ReviewApps, branch: string): Promise<FoundReviewApp> {
  const apps = await listReviewApps(project)
  if (apps === undefined) throw noPipeline()
  const found = apps.find((app) => app.branch === branch && branch !== '')
  if (found) return { name: `pr_app ${found.pullRequest}`, app: found.app, origin: 'the pipeline' }
  throw usageError(
    `branch \`${branch}\` has no review app`,
    `name the pull request: \`pr_app NUMBER COMMAND\`; ${known(apps)}`,
  )
}

/** The review apps of the first pipeline that one of the project's apps belongs to; undefined where none can be asked. */
async function listReviewApps({ apps, env }: ReviewApps): Promise<ReviewApp[] | undefined> {
  const api = connectHeroku(env)
  for (const app of apps) {
    const coupling = await pipelineCoupling(api, app).catch(() => undefined)
    if (coupling) return reviewApps(api, coupling.pipelineId)
  }
  return undefined
}

function known(apps: readonly ReviewApp[]): string {
  return apps.length === 0
    ? 'the pipeline has no review apps'
    : `the pipeline has ${apps.map((app) => `${app.app} (${app.pullRequest ?? app.branch})`).join(', ')}`
}

function noPipeline() {
  return usageError(
    'no pipeline of this project could be read',
    'run `heroku login`, or add `reviewApps: { pattern: acme-pr-{number} }` to .parityrc',
  )
}
