import { allEnvironments, type HerokuEnvironment, type Project } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import { call } from '../run/call.ts'
import { capture } from '../run/capture.ts'
import { pipelineCoupling, type ReviewApp, reviewApps } from './apps.ts'
import { connectHeroku } from './connect.ts'

/** The review app that `pr_app 1234 …` or, by the checked-out branch, `pr_app …` means, and the words that are left. */
export async function findReviewApp(
  project: Project,
  words: readonly string[],
): Promise<{ environment: HerokuEnvironment; words: readonly string[] }> {
  const [first = '', ...rest] = words
  if (/^#?\d+$/.test(first))
    return { environment: await byNumber(project, Number(first.replace('#', ''))), words: rest }
  return { environment: await byBranch(project), words }
}

async function byNumber(project: Project, number: number): Promise<HerokuEnvironment> {
  const apps = await listReviewApps(project)
  const found = apps?.find((app) => app.pullRequest === number)?.app
  const pattern = project.configuration.reviewApps?.pattern
  if (found !== undefined) return environmentOf(`pr_app ${number}`, found, 'the pipeline')
  if (apps === undefined && pattern !== undefined)
    return environmentOf(`pr_app ${number}`, pattern.replace('{number}', String(number)), 'reviewApps.pattern')
  if (apps !== undefined)
    throw usageError(
      `pull request ${number} has no review app`,
      `${known(apps)}; \`heroku reviewapps:enable\` creates them`,
    )
  throw noPipeline()
}

async function byBranch(project: Project): Promise<HerokuEnvironment> {
  const branch = (await capture(call('git', 'branch', '--show-current'), project.folder)).stdout
  const apps = await listReviewApps(project)
  if (apps === undefined) throw noPipeline()
  const found = apps.find((app) => app.branch === branch && branch !== '')
  if (found) return environmentOf(`pr_app ${found.pullRequest}`, found.app, 'the pipeline')
  throw usageError(
    `branch \`${branch}\` has no review app`,
    `name the pull request: \`pr_app NUMBER COMMAND\`; ${known(apps)}`,
  )
}

/** The review apps of the first pipeline that one of the project's apps belongs to; undefined where none can be asked. */
async function listReviewApps(project: Project): Promise<ReviewApp[] | undefined> {
  const api = connectHeroku()
  const apps = allEnvironments(project).flatMap((environment) => (environment.kind === 'heroku' ? [environment] : []))
  const stagingFirst = [...apps].sort((a, b) => Number(b.name === 'staging') - Number(a.name === 'staging'))
  for (const { app } of stagingFirst) {
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
    'no pipeline of this project can be asked for its review apps',
    '`heroku login`, or the line `reviewApps: { pattern: acme-pr-{number} }` in .parityrc',
  )
}

function environmentOf(name: string, app: string, origin: string): HerokuEnvironment {
  return { kind: 'heroku', name, app, origin }
}
