import { allEnvironments, type HerokuEnvironment, type Project } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import type { Command, Request } from '../line/command.ts'
import { refuseWords, text } from '../line/options.ts'
import type { Prepared, StepHandlers } from '../run/plan.ts'

export const promote: Command = {
  name: 'promote',
  summary: 'promote the running build to the next stage of the pipeline, and wait for its release',
  options: [
    { flags: '--to <apps>', summary: 'promote to these apps, separated by commas' },
    { flags: '--yes', summary: 'do not ask' },
  ],
  examples: ['staging promote', 'staging promote --to acme-production', 'staging promote --yes'],
  heroku: {
    words: 'read',
    usage: '[options]',
    runs: 'heroku pipelines:promote --app APP [--to APPS]',
    prepare,
  },
}

async function prepare(request: Request<HerokuEnvironment>): Promise<Prepared> {
  const { project, environment, options, dryRun } = request
  refuseWords('promote', request, `\`${environment.name} promote --to APP\` chooses where to`)
  const [{ connectHeroku }, { inspectPromotion, planPromotion, confirmPromotion }, { awaitRelease }] =
    await Promise.all([
      import('../heroku/connect.ts'),
      import('../deploy/promotion.ts'),
      import('../deploy/release.ts'),
    ])
  const { env } = project.ambient
  const api = connectHeroku(env)
  const facts = await inspectPromotion(api, environment, text(options.to)?.split(',').filter(Boolean))
  const ask = options.yes !== true
  if (ask && !dryRun && !process.stdin.isTTY)
    throw usageError(
      '`promote` asks before it promotes, and there is no terminal',
      `\`${environment.name} promote --yes\` does not ask`,
    )
  const handlers: StepHandlers = {
    confirm: (signal) => confirmPromotion(facts, signal),
    release: async (signal, reporter) => {
      for (const { app, version } of facts.targets)
        await awaitRelease(
          api,
          { name: nameOf(project, app), app },
          (release) => release.version > version,
          env,
          signal,
          reporter,
        )
    },
  }
  return { plan: planPromotion(facts, ask), handlers }
}

/** How a person calls an app: by its environment, if it has one. */
function nameOf(project: Project, app: string): string {
  const found = allEnvironments(project).find((environment) => environment.kind === 'heroku' && environment.app === app)
  return found?.name ?? `heroku --app ${app}`
}
