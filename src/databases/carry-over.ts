import type { Session } from '../postgres/server.ts'
import type { Telling } from '../terminal/watch.ts'
import type { DatabaseFacts } from './databases.ts'
import { carryOver } from './statements.ts'

/** Gives the database `name` what `like` has by `ALTER DATABASE` and `GRANT`; what our role may not set is told, not fatal. */
export async function carryOverSettings(
  session: Session,
  name: string,
  like: DatabaseFacts,
  tell: Telling,
): Promise<void> {
  for (const statement of carryOver(name, like)) {
    await session
      .query(statement)
      .catch((error: Error) =>
        tell.warning(`a setting of the old database could not be carried over: ${error.message}: ${statement}`),
      )
  }
}
