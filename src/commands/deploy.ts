import { type HerokuEnvironment, withProtection } from '../environments/environments.ts'
import { typedAs } from '../environments/typed.ts'
import { usageError } from '../errors.ts'
import type { Command, Request } from '../line/command.ts'
import type { Prepared, StepHandlers } from '../run/plan.ts'
import { folderOfApp, frameworkCommand } from './frameworks.ts'

export const deploy: Command = {
  name: 'deploy',
  summary: 'push a commit to the app: HEAD, or the upstream branch of a protected environment',
  examples: ['staging deploy', 'staging deploy my-branch', 'production deploy --maintenance --migrate'],
  options: [
    { flags: '--maintenance', summary: 'turn maintenance mode on during the deploy' },
    { flags: '--migrate', summary: 'migrate the database afterwards, and restart the app' },
    { flags: '--no-fetch-check', summary: 'do not ask whether the upstream branch has moved since the last fetch' },
    { flags: '-f, --force', summary: 'is never needed', hidden: true },
  ],
  heroku: {
    words: 'read',
    usage: '[REF] [options]',
    runs: 'git push REMOTE COMMIT:refs/heads/main, unprotected with --force-with-lease=refs/heads/main:SHA',
    prepare,
  },
}

async function prepare({ project, environment, args, extra, options }: Request<HerokuEnvironment>): Promise<Prepared> {
  const [ref, ...others] = [...args, ...extra]
  if (others.length > 0)
    throw usageError(
      `\`deploy\` takes one branch, tag or commit, got \`${[...args, ...extra].join(' ')}\``,
      `\`${typedAs(environment)} deploy ${ref}\``,
    )
  if (options.force) throw needsNoForce(environment, ref)
  const [
    { connectHeroku },
    { isInMaintenance },
    { protectionByStage },
    { inspectDeployment },
    { planDeployment },
    { awaitRelease, isReleaseOf },
  ] = await Promise.all([
    import('../heroku/connect.ts'),
    import('../heroku/apps.ts'),
    import('../heroku/protection.ts'),
    import('../deploy/inspect.ts'),
    import('../deploy/plan.ts'),
    import('../deploy/release.ts'),
  ])
  const { env } = project.ambient
  const api = connectHeroku(env)
  const because = withProtection(project, environment).protectedBecause ?? (await protectionByStage(api, environment))
  const folder = folderOfApp(project, environment.folder)
  const migrate = options.migrate ? frameworkCommand('migrate', project.configuration, project.root, folder) : undefined
  const line = [typedAs(environment), 'deploy', ...(ref === undefined ? [] : [ref])].join(' ')
  const [facts, maintenance] = await Promise.all([
    inspectDeployment(
      project,
      environment,
      because !== undefined,
      ref,
      options.fetchCheck === false ? undefined : line,
    ),
    options.maintenance ? isInMaintenance(api, environment.app).then((isOn) => (isOn ? 'on' : 'off')) : undefined,
  ])
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
  return {
    plan: planDeployment(environment, because !== undefined, facts, {
      maintenance,
      migrate,
      hasTerminal: project.ambient.hasTerminal,
    }),
    handlers,
  }
}

function needsNoForce({ name }: HerokuEnvironment, ref: string | undefined) {
  return usageError(
    '`deploy` needs no `--force`: an unprotected app gets the commit whatever it has, and a protected one is never forced',
    `\`${[typedAs({ name }), 'deploy', ...(ref === undefined ? [] : [ref])].join(' ')}\``,
  )
}
