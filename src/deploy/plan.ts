import type { HerokuEnvironment } from '../environments/environments.ts'
import { typedAs } from '../environments/typed.ts'
import { failure, type ParityError } from '../errors.ts'
import { restartDynos, runOnDyno, setMaintenance } from '../heroku/calls.ts'
import { call } from '../run/call.ts'
import type { Plan, Step } from '../run/plan.ts'
import type { DeploymentFacts } from './inspect.ts'
import { releaseStep } from './release.ts'

/** What goes with the push, where a person asked for it. */
type Around = {
  /** What maintenance mode is before the deploy, where it was asked to be on meanwhile. */
  readonly maintenance?: 'on' | 'off' | undefined
  /** What migrates the database afterwards. */
  readonly migrate?: readonly string[] | undefined
  /** Whether a person is at a terminal, for the migration. */
  readonly hasTerminal?: boolean
}

/** The one push, never forced where the app is protected, elsewhere only over the commit that was seen there. */
export function planDeployment(
  environment: HerokuEnvironment,
  isProtected: boolean,
  facts: DeploymentFacts,
  around: Around = {},
): Plan {
  const { destination, login, branch, there, commit, fastForward } = facts
  if (isProtected && !fastForward) throw wouldNeedForce(environment, facts)
  const lease = isProtected ? [] : [`--force-with-lease=refs/heads/${branch}:${there ?? ''}`]
  const push = call('git', ...login, 'push', ...lease, destination, `${commit}:refs/heads/${branch}`)
  // Heroku builds on without us: who interrupts leaves visitors with what comes, so the page of maintenance stays.
  const holds = around.maintenance === 'off' ? ({ holds: 'interrupted' } as const) : {}
  const done = doneWords(environment, facts, around)
  return {
    notes: [
      ...facts.remarks,
      ...shippingNotes(environment, facts),
      ...migrationNotes(facts),
      ...maintenanceNotes(environment, around),
    ],
    steps: [
      ...closeToVisitors(environment, around),
      { call: push, ...holds },
      // Pushing what is there already makes no release.
      ...(commit === there ? [] : [{ ...releaseStep([environment.app]), ...holds }]),
      ...migrateSteps(environment, around),
    ],
    cleanup: [],
    ...(done === undefined ? {} : { done }),
  }
}

/** Maintenance mode that was on before stays on afterwards. */
function closeToVisitors(environment: HerokuEnvironment, { maintenance }: Around): Step[] {
  if (maintenance !== 'off') return []
  const { name, app } = environment
  const ifFails = `maintenance mode of ${name} stays on: \`${typedAs(environment)} maintenance:off\` ends it`
  return [{ call: setMaintenance(app, 'on'), putBack: { call: setMaintenance(app, 'off'), ifFails } }]
}

/** Code that does not fit its database must not be seen: where the migration fails, maintenance mode stays on. */
function migrateSteps(environment: HerokuEnvironment, { migrate, hasTerminal = true }: Around): Step[] {
  if (migrate === undefined) return []
  const { name, app } = environment
  return [
    {
      call: runOnDyno(app, [], migrate, hasTerminal),
      ifFails: `${name} runs the new commit, and its database was not migrated: \`${typedAs(environment)} migrate\` tries again`,
      holds: 'failed',
    },
    { call: restartDynos(app), holds: 'interrupted' },
  ]
}

function migrationNotes({ migrations }: DeploymentFacts): string[] {
  return migrations.length === 0 ? [] : [`${counted(migrations.length, 'migration')}: ${migrations.join(', ')}`]
}

function maintenanceNotes({ name }: HerokuEnvironment, { maintenance }: Around): string[] {
  return maintenance === 'on' ? [`${name} is already in maintenance mode and stays in it`] : []
}

/** What is left to do; undefined where that is nothing. */
function doneWords(
  environment: HerokuEnvironment,
  { migrations, hasReleasePhase }: DeploymentFacts,
  { maintenance, migrate }: Around,
): string | undefined {
  const line = typedAs(environment)
  const left = [
    ...(migrations.length > 0 && migrate === undefined && !hasReleasePhase
      ? [
          `${counted(migrations.length, 'migration')} shipped: \`${line} migrate\` runs ${migrations.length === 1 ? 'it' : 'them'}`,
        ]
      : []),
    ...(maintenance === 'on'
      ? [`maintenance mode is still on, as before: \`${line} maintenance:off\` turns it off`]
      : []),
  ]
  return left.length === 0 ? undefined : left.join('; ')
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}

/** A protected app is never forced: either its commit would be lost, or it is unknown whether it would. */
function wouldNeedForce({ name }: HerokuEnvironment, facts: DeploymentFacts): ParityError {
  const { destination, branch, there = '', ref, commit, shipping, isShallow } = facts
  const what = `${ref} (${commit.slice(0, 10)})`
  if (shipping !== undefined)
    return failure(
      `${name} has ${there.slice(0, 10)}, which is not an ancestor of ${what}; it is never forced`,
      `\`git merge ${there.slice(0, 10)}\` brings it in; \`${typedAs({ name })} rollback\` returns to an older release`,
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
  const count = counted(shipping.length, 'commit')
  return [
    `deploying ${title}: ${count}${fastForward ? '' : ', and what only the app has is replaced'}`,
    ...shipping.slice(0, mostCommits).map((line) => `  ${line}`),
    ...(shipping.length > mostCommits ? [`  … and ${shipping.length - mostCommits} more`] : []),
  ]
}
