import { type HerokuEnvironment, tryEnvironment } from '../environments/environments.ts'
import { typedAs } from '../environments/typed.ts'
import { usageError } from '../errors.ts'
import type { Command, Request } from '../line/command.ts'
import { refuseWords, text } from '../line/options.ts'
import type { Prepared, StepHandlers } from '../run/plan.ts'

export const promote: Command = {
  name: 'promote',
  summary: 'show what would ship to the next stage of the pipeline, promote it, and wait for its release',
  options: [
    { flags: '--to <apps>', summary: 'promote to these apps, separated by commas' },
    { flags: '--yes', summary: 'do not ask before a promotion to a protected app' },
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
  const named = tryEnvironment(project, request.args[0] ?? '')
  const to = named?.kind === 'heroku' ? named.app : 'APP'
  refuseWords('promote', request, `\`${typedAs(environment)} promote --to ${to}\` chooses where to`)
  const [{ connectHeroku }, { inspectPromotion, planPromotion, confirmPromotion, needsConsent }, { awaitRelease }] =
    await Promise.all([
      import('../heroku/connect.ts'),
      import('../deploy/promotion.ts'),
      import('../deploy/release.ts'),
    ])
  const { env } = project.ambient
  const api = connectHeroku(env)
  const facts = await inspectPromotion(project, api, environment, text(options.to)?.split(',').filter(Boolean))
  const ask = options.yes !== true && needsConsent(facts)
  if (ask && !dryRun && !process.stdin.isTTY)
    throw usageError(
      '`promote` asks before it promotes to a protected app, and there is no terminal',
      `\`${typedAs(environment)} promote --yes\` does not ask`,
    )
  const handlers: StepHandlers = {
    confirm: (signal) => confirmPromotion(facts, signal),
    release: async (signal, reporter) => {
      for (const { name, app, version } of facts.targets)
        await awaitRelease(
          api,
          { typed: name === app ? undefined : typedAs({ name }), app },
          (release) => release.version > version,
          env,
          signal,
          reporter,
        )
    },
  }
  return { plan: planPromotion(facts, ask), handlers }
}
