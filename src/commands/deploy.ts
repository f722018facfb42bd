import type { DeploymentFacts } from '../deploy/inspect.ts'
import type { HerokuEnvironment } from '../environments/environments.ts'
import { failure, usageError } from '../errors.ts'
import type { Command, Request } from '../line/command.ts'
import { call } from '../run/call.ts'
import { type Plan, type Prepared, plan } from '../run/plan.ts'

export const deploy: Command = {
  name: 'deploy',
  summary: 'push a commit to the app: HEAD, or for a protected environment its branch as it is upstream',
  examples: ['staging deploy', 'staging deploy my-branch', 'production --dry-run deploy'],
  options: [],
  heroku: {
    words: 'read',
    usage: '[REF]',
    runs: 'git push REMOTE REF:refs/heads/main, unprotected with --force-with-lease=refs/heads/main:SHA',
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
  const [{ connectHeroku }, { protection }, { inspectDeployment }] = await Promise.all([
    import('../heroku/connect.ts'),
    import('../heroku/protection.ts'),
    import('../deploy/inspect.ts'),
  ])
  const because = await protection(project, environment, connectHeroku())
  const facts = await inspectDeployment(project, environment, because !== undefined, ref)
  return { plan: planDeployment(environment, because !== undefined, facts) }
}

/** The one push, never forced where the app is protected, elsewhere only over the commit that was seen there. */
export function planDeployment(environment: HerokuEnvironment, isProtected: boolean, facts: DeploymentFacts): Plan {
  const { destination, branch, there, ref, commit, fastForward } = facts
  if (isProtected && !fastForward) {
    throw failure(
      `${environment.name} has ${there?.slice(0, 10)}, which is not an ancestor of ${ref} (${commit.slice(0, 10)}), and is never forced`,
      '`git fetch --all` and merge it first; an older commit comes back with `heroku rollback`',
    )
  }
  const lease = isProtected ? [] : [`--force-with-lease=refs/heads/${branch}:${there ?? ''}`]
  const push = call('git', 'push', ...lease, destination, `${ref}:refs/heads/${branch}`)
  return { ...plan(push), notes: [...facts.remarks, ...shippingNotes(environment, facts)] }
}

/** A first deploy ships the whole history. */
const mostCommits = 20

function shippingNotes(
  environment: HerokuEnvironment,
  { ref, commit, shipping, there, fastForward }: DeploymentFacts,
): string[] {
  const title = `${ref} (${commit.slice(0, 10)}) to ${environment.app}`
  if (shipping === undefined)
    return [
      `deploying ${title}; what it has, ${there?.slice(0, 10)}, is not in this clone, so \`git fetch\` would tell more`,
    ]
  if (shipping.length === 0)
    return [`deploying ${title}: ${there === commit ? 'it has this commit already' : 'an older commit than it has'}`]
  const count = `${shipping.length} ${shipping.length === 1 ? 'commit' : 'commits'}`
  return [
    `deploying ${title}: ${count}${fastForward ? '' : ', and what only the app has is replaced'}`,
    ...shipping.slice(0, mostCommits).map((line) => `  ${line}`),
    ...(shipping.length > mostCommits ? [`  … and ${shipping.length - mostCommits} more`] : []),
  ]
}
