import type { HerokuEnvironment } from '../environments/environments.ts'
import { typedAs } from '../environments/typed.ts'
import { failure } from '../errors.ts'
import type { Api } from '../heroku/api.ts'
import { listBackups } from '../heroku/backups.ts'
import { captureBackup } from '../heroku/calls.ts'
import type { Transfer } from '../heroku/transfers.ts'
import type { CallStep } from '../run/plan.ts'

/** Captures a backup of an app's database (the main one if omitted); `untouched` says what a failure leaves as it was. */
export function captureStep(
  { name, app }: HerokuEnvironment,
  database: string | undefined,
  untouched: string,
): CallStep {
  return {
    call: captureBackup(app, database === undefined ? [] : [database]),
    ifFails: untouched,
    ifInterrupted: `${untouched}; Heroku continues the backup of ${name}: \`heroku pg:backups:cancel --app ${app}\` ends it`,
  }
}

/** The backups of an app that are complete by now, by UUID: what is complete besides them after a capture is new. */
export async function completedBackups(api: Api, app: string): Promise<ReadonlySet<string>> {
  return new Set((await listBackups(api, app)).filter(isComplete).map(({ uuid }) => uuid))
}

/**
 * The backup that `heroku pg:backups:capture` has just made, which it names to people only. Fails unless exactly one was completed
 * since `before` was read: another might be of another database.
 */
export async function findCaptured(
  api: Api,
  { app, name }: HerokuEnvironment,
  before: ReadonlySet<string>,
): Promise<Transfer> {
  const [captured, ...others] = (await listBackups(api, app)).filter(
    (transfer) => isComplete(transfer) && !before.has(transfer.uuid),
  )
  if (captured === undefined)
    throw failure(
      `no new backup of ${app} was found`,
      `\`${typedAs({ name })} backups\` lists the backups; the backups of a shared database belong to its own app`,
    )
  if (others.length === 0) return captured
  const ids = [captured, ...others].map(({ id }) => id).join(' and ')
  throw failure(
    `${ids} of ${app} were completed at the same time`,
    `\`--backup ${captured.id}\` instead of \`--fresh\` takes one`,
  )
}

function isComplete({ kind, succeeded, finishedAt }: Transfer): boolean {
  return kind === 'backup' && succeeded && finishedAt !== undefined
}
