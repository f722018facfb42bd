import type { DatabaseFacts } from '../postgres/catalog.ts'
import type { Session } from '../postgres/server.ts'
import type { Reporter } from '../terminal/reporter.ts'
import { carryOver } from './statements.ts'

/** Gives the database `name` what `like` has by `ALTER DATABASE` and `GRANT`; what our role may not set is told, not fatal. */
export async function carryOverSettings(
  session: Session,
  name: string,
  like: DatabaseFacts,
  reporter: Reporter,
): Promise<void> {
  for (const statement of carryOver(name, like)) {
    await session
      .query(statement)
      .catch((error: Error) =>
        reporter.warning(`a setting of the old database was not copied: ${error.message}: ${statement}`),
      )
  }
}
