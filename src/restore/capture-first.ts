import { refuseWhatMustFail, type TargetFacts } from '../databases/facts.ts'
import { inspectTarget } from '../databases/inspect.ts'
import type { HerokuEnvironment, Project } from '../environments/environments.ts'
import type { Api } from '../heroku/api.ts'
import { databaseAttachments, findAttachment } from '../heroku/attachments.ts'
import type { Plan, Prepared } from '../run/plan.ts'
import { printable } from '../terminal/harmless.ts'
import { captureStep, completedBackups, findCaptured } from './fresh.ts'
import { targetWords } from './plan.ts'
import type { LocalRestoreRequest } from './request.ts'

/**
 * `development restore SOURCE --fresh`: a plan that captures a backup, and then, by the id it got, the restore that `restore`
 * prepares. What would make that fail is looked at before.
 */
export async function prepareFreshRestore(
  project: Project,
  api: Api,
  environment: HerokuEnvironment,
  words: LocalRestoreRequest,
  restore: (words: LocalRestoreRequest) => Promise<Prepared>,
): Promise<Prepared> {
  const { facts, session } = await inspectTarget(project, words, 'look', false)
  await session.close()
  refuseWhatMustFail(facts, 1)
  const { app } = environment
  const database =
    words.fromDatabase && findAttachment(await databaseAttachments(api, app), app, words.fromDatabase).name
  const before = await completedBackups(api, app)
  let captured: string | undefined
  return {
    plan: planCapture(environment, database, facts),
    handlers: {
      find: async () => {
        captured = (await findCaptured(api, environment, before)).id
      },
    },
    dispose: async () => {},
    next: () => restore({ ...words, fresh: false, fromDatabase: undefined, backup: captured }),
  }
}

/** The first half of a restore with `--fresh`: the second is planned when the backup is known. */
function planCapture(environment: HerokuEnvironment, database: string | undefined, facts: TargetFacts): Plan {
  const { name, app } = environment
  return {
    notes: [`restoring ${name}: a backup of ${app} that is captured first`, targetWords(facts)],
    steps: [
      captureStep(environment, database, `${printable(facts.names.target)} was not touched`),
      {
        effect: 'find',
        description: `find: the backup that was just captured; then development restore ${name} --backup with its id`,
      },
    ],
    cleanup: [],
    ifInterrupted: `${printable(facts.names.target)} was not touched`,
  }
}
