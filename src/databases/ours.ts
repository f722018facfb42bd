import { type DatabaseFacts, readDatabase } from '../postgres/catalog.ts'
import type { Session } from '../postgres/server.ts'
import { derivedName, type Mark, markPrefix, mayDrop, parseMark } from './names.ts'

/** The databases that parity keeps beside a target, each undefined where it isn't there. */
export type OurDatabases = Readonly<Record<'incoming' | 'previous' | 'discard' | 'copy', OurDatabase | undefined>>
type OurDatabase = DatabaseFacts & { readonly mark: Mark | undefined }

export async function readOurDatabases(session: Session, target: string): Promise<OurDatabases> {
  const one = async (kind: keyof OurDatabases): Promise<OurDatabase | undefined> => {
    const facts = await readDatabase(session, derivedName(target, kind))
    return facts && { ...facts, mark: parseMark(facts.comment) }
  }
  return {
    incoming: await one('incoming'),
    previous: await one('previous'),
    discard: await one('discard'),
    copy: await one('copy'),
  }
}

/** A template copy of the target that was kept under a name. */
export type Snapshot = {
  /** As it was typed, not as its database is called. */
  readonly name: string
  readonly database: DatabaseFacts
  readonly mark: Mark
}

/** The snapshots of `target`, the newest first: databases whose comment says that they are, and whose name is theirs. */
export async function readSnapshots(session: Session, target: string): Promise<Snapshot[]> {
  const marked = await session.query<{ name: string }>(
    "SELECT datname AS name FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE $1 ORDER BY datname",
    [`${markPrefix}%`],
  )
  const snapshots: Snapshot[] = []
  for (const { name } of marked) snapshots.push(...asSnapshot(await readDatabase(session, name), target))
  return snapshots.sort((one, other) => (other.mark.createdAt ?? '').localeCompare(one.mark.createdAt ?? ''))
}

function asSnapshot(database: DatabaseFacts | undefined, target: string): Snapshot[] {
  const mark = parseMark(database?.comment)
  if (!database || !mark || typeof mark.kind === 'string' || !mayDrop(database.name, database.comment, target))
    return []
  return [{ name: mark.kind.snapshot, database, mark }]
}
