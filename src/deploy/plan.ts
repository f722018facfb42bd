import type { HerokuEnvironment } from '../environments/environments.ts'
import { failure, type ParityError } from '../errors.ts'
import { call } from '../run/call.ts'
import type { Plan } from '../run/plan.ts'
import type { DeploymentFacts } from './inspect.ts'
import { releaseStep } from './release.ts'

/** The one push, never forced where the app is protected, elsewhere only over the commit that was seen there. */
export function planDeployment(environment: HerokuEnvironment, isProtected: boolean, facts: DeploymentFacts): Plan {
  const { destination, login, branch, there, commit, fastForward } = facts
  if (isProtected && !fastForward) throw wouldNeedForce(environment, facts)
  const lease = isProtected ? [] : [`--force-with-lease=refs/heads/${branch}:${there ?? ''}`]
  const push = call('git', ...login, 'push', ...lease, destination, `${commit}:refs/heads/${branch}`)
  return {
    notes: [...facts.remarks, ...shippingNotes(environment, facts)],
    // Pushing what is there already makes no release.
    steps: [{ call: push }, ...(commit === there ? [] : [releaseStep([environment.app])])],
    cleanup: [],
  }
}

/** A protected app is never forced: either its commit would be lost, or it is unknown whether it would. */
function wouldNeedForce({ name }: HerokuEnvironment, facts: DeploymentFacts): ParityError {
  const { destination, branch, there = '', ref, commit, shipping, isShallow } = facts
  const what = `${ref} (${commit.slice(0, 10)})`
  if (shipping !== undefined)
    return failure(
      `${name} has ${there.slice(0, 10)}, which is not an ancestor of ${what}; it is never forced`,
      `\`git merge ${there.slice(0, 10)}\` brings it in; \`${name} rollback\` returns to an older release`,
    )
  const get = isShallow
    ? '`git fetch --unshallow` gets the whole history (in actions/checkout: `fetch-depth: 0`)'
    : `\`git fetch ${destination} ${branch}\` gets it`
  return failure(
    `${name} has ${there.slice(0, 10)}, which is not in this clone: whether ${what} contains it is unknown, and it is never forced`,
    get,
  )
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
      `deploying ${title}; what it has, ${there?.slice(0, 10)}, is not in this clone: what it replaces is unknown`,
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
