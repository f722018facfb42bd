import type { Api } from '../heroku/api.ts'
import type { Session } from '../postgres/server.ts'
import type { RestoreFacts } from './facts.ts'
import type { RestoreOptions } from './plan.ts'

/** What the effects of one restore work with. `session` holds the lock: what changes a database's name happens on it alone. */
export type Work = {
  readonly session: Session
  readonly facts: RestoreFacts
  readonly options: RestoreOptions & {
    readonly skipExtensions: readonly string[]
    readonly excludeTableData: readonly string[]
  }
  readonly cache: string
  readonly api: Api
}
