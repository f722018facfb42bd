import { applicationName } from '../../databases/lock.ts'
import { createDatabase, markDatabase, searchAlso } from '../../databases/statements.ts'
import { onDatabase } from '../../postgres/catalog.ts'
import { quoteIdentifier } from '../../postgres/identifiers.ts'
import { withSession } from '../../postgres/server.ts'
import { printable } from '../../terminal/harmless.ts'
import { checkedContents, incomingMark, type RestoreStep } from './restoring.ts'

/** Makes the incoming database, like the one that it will replace, and marks it as ours. */
export const create: RestoreStep = {
  effect: 'create',
  describe({ facts: { names, database } }) {
    return `create: database ${printable(names.incoming)}${database ? `, like ${printable(names.target)}` : ''}`
  },
  async run({ session, facts, contents }) {
    const { names, database, connection } = facts
    const { archive, selection } = checkedContents(contents)
    await session.query(createDatabase(names.incoming, names.target, archive.encoding, database))
    await session.query(markDatabase(names.incoming, incomingMark(facts)))
    const schemas = selection.schemasToCreate
    if (schemas.length === 0) return undefined
    await withSession(onDatabase(connection, names.incoming), applicationName('create'), async (incoming) => {
      for (const schema of schemas) await incoming.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`)
    })
    await session.query(searchAlso(names.incoming, schemas))
    return undefined
  },
}
