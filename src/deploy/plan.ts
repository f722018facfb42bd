import type { HerokuEnvironment } from '../environments/environments.ts'
import { failure } from '../errors.ts'
import { call } from '../run/call.ts'
import type { Plan } from '../run/plan.ts'
import type { DeploymentFacts } from './inspect.ts'
import { releaseStep } from './release.ts'

/** The one push, never forced where the app is protected, elsewhere only over the commit that was seen there. */
export function planDeployment(environment: HerokuEnvironment, isProtected: boolean, facts: DeploymentFacts): Plan {
  const { destination, login, branch, there, ref, commit, fastForward } = facts
  if (isProtected && !fastForward) {
    throw failure(
      `${environment.name} has ${there?.slice(0, 10)}, which is not an ancestor of ${ref} (${commit.slice(0, 10)}); it is never forced`,
      '`git fetch --all` and merge it first; an older commit comes back with `heroku rollback`',
    )
  }
  const lease = isProtected ? [] : [`--force-with-lease=refs/heads/${branch}:${there ?? ''}`]
  const push = call('git', ...login, 'push', ...lease, destination, `${ref}:refs/heads/${branch}`)
  return {
    notes: [...facts.remarks, ...shippingNotes(environment, facts)],
    // Pushing what is there already makes no release.
    steps: [{ call: push }, ...(commit === there ? [] : [releaseStep([environment.app])])],
    cleanup: [],
  }
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
