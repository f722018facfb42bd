import { ParityError, usageError } from '../errors.ts'
import { pipelineCoupling, type ReviewApp, reviewApps } from './apps.ts'
import { chooseReviewApp, type FoundReviewApp } from './choose-review-app.ts'
import { connectHeroku } from './connect.ts'
import type { Variables } from './hosts.ts'

/** Where review apps are looked for: in the pipelines of these apps, else by a pattern of their names. */
type ReviewApps = {
  readonly apps: readonly string[]
  readonly pattern: string | undefined
  readonly env: Variables
}

/** The review app of a pull request. Throws where there is none, or none yet, or Heroku cannot be asked. */
export async function reviewAppOfNumber(project: ReviewApps, number: number): Promise<FoundReviewApp> {
  const { all, why } = await listReviewApps(project)
  const found = all.filter(({ pullRequest }) => pullRequest === number)
  const { pattern } = project
  if (found.length > 0) return chooseReviewApp(found, `pull request ${number}`)
  if (why !== undefined && pattern !== undefined)
    return { name: `pr_app ${number}`, app: pattern.replace('{number}', String(number)), origin: 'reviewApps.pattern' }
  if (why !== undefined)
    throw noPipeline(why, "run `heroku login`, or add `reviewApps: { pattern: 'acme-pr-{number}' }` to .parityrc")
  throw usageError(
    `pull request ${number} has no review app`,
    `${known(all)}; \`heroku reviewapps:enable\` creates them`,
  )
}

/** The review app of a branch. Throws where there is none, or none yet, or Heroku cannot be asked. */
export async function reviewAppOfBranch(project: ReviewApps, branch: string): Promise<FoundReviewApp> {
  const { all, why } = await listReviewApps(project)
  const found = all.filter((app) => app.branch === branch)
  if (found.length > 0) return chooseReviewApp(found, `branch \`${branch}\``)
  if (why !== undefined)
    throw noPipeline(
      why,
      project.pattern === undefined
        ? "run `heroku login`, or add `reviewApps: { pattern: 'acme-pr-{number}' }` to .parityrc"
        : 'name the pull request: `pr_app NUMBER COMMAND`',
    )
  throw usageError(
    `branch \`${branch}\` has no review app`,
    `name the pull request: \`pr_app NUMBER COMMAND\`; ${known(all)}`,
  )
}

/** The review app of a word that may be a branch; undefined where none is of that. Throws where there is one, and not yet. */
export async function reviewAppOfWord(project: ReviewApps, word: string): Promise<FoundReviewApp | undefined> {
  const { all } = await listReviewApps(project)
  const found = all.filter(({ branch }) => branch === word)
  return found.length === 0 ? undefined : chooseReviewApp(found, `branch \`${word}\``, `pr_app ${word}`)
}

/** The review apps of every pipeline that the project's apps belong to; `why` one of them, or all, could not be asked. */
async function listReviewApps({ apps, env }: ReviewApps): Promise<{ all: ReviewApp[]; why: string | undefined }> {
  const api = connectHeroku(env)
  const reasons: string[] = []
  const remember = (error: unknown) => {
    if (!(error instanceof ParityError)) throw error
    reasons.push(error.message)
    return undefined
  }
  const couplings = await Promise.all(apps.map((app) => pipelineCoupling(api, app).catch(remember)))
  const pipelines = new Set(couplings.flatMap((coupling) => coupling?.pipelineId ?? []))
  const lists = await Promise.all([...pipelines].map((id) => reviewApps(api, id).catch(remember)))
  const isUnasked = pipelines.size === 0 && reasons.length === 0
  return { all: lists.flatMap((list) => list ?? []), why: isUnasked ? unasked(apps) : reasons[0] }
}

/** Why there is no pipeline to ask. */
function unasked(apps: readonly string[]): string {
  return apps.length === 0 ? 'the project has no app on Heroku' : `${apps.join(', ')}: in no pipeline`
}

function known(apps: readonly ReviewApp[]): string {
  return apps.length === 0
    ? 'the pipeline has no review apps'
    : `the pipeline has ${apps.map(({ app, pullRequest, branch, status }) => `${app ?? status} (${pullRequest ?? branch})`).join(', ')}`
}

function noPipeline(why: string, hint: string) {
  return usageError(`the review apps of this project could not be read: ${why}`, hint)
}
