import { type HerokuEnvironment, withProtection } from '../environments/environments.ts'
import { typedAs } from '../environments/typed.ts'
import { usageError } from '../errors.ts'
import type { Command, Request } from '../line/command.ts'
import type { Prepared, StepHandlers } from '../run/plan.ts'

export const deploy: Command = {
  name: 'deploy',
  summary: 'push a commit to the app: HEAD, or the upstream branch of a protected environment',
  examples: ['staging deploy', 'staging deploy my-branch', 'production --dry-run deploy'],
  options: [],
  heroku: {
    words: 'read',
    usage: '[REF]',
    runs: 'git push REMOTE COMMIT:refs/heads/main, unprotected with --force-with-lease=refs/heads/main:SHA',
    prepare,
  },
}

async function prepare({ project, environment, args, extra }: Request<HerokuEnvironment>): Promise<Prepared> {
  const [ref, ...others] = [...args, ...extra]
  if (others.length > 0)
    throw usageError(
      `\`deploy\` takes one branch, tag or commit, got \`${[...args, ...extra].join(' ')}\``,
      `\`${environment.name} deploy ${ref}\``,
    )
  const [
    { connectHeroku },
    { protectionByStage },
    { inspectDeployment },
    { planDeployment },
    { awaitRelease, isReleaseOf },
  ] = await Promise.all([
    import('../heroku/connect.ts'),
    import('../heroku/protection.ts'),
    import('../deploy/inspect.ts'),
    import('../deploy/plan.ts'),
    import('../deploy/release.ts'),
  ])
  const { env } = project.ambient
  const api = connectHeroku(env)
  const because = withProtection(project, environment).protectedBecause ?? (await protectionByStage(api, environment))
  const facts = await inspectDeployment(project, environment, because !== undefined, ref)
  const handlers: StepHandlers = {
    release: (signal, reporter) =>
      awaitRelease(
        api,
        { typed: typedAs(environment), app: environment.app },
        (release) => isReleaseOf(release, facts.commit),
        env,
        signal,
        reporter,
      ),
  }
  return { plan: planDeployment(environment, because !== undefined, facts), handlers }
}
