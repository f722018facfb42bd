import type { Project } from '../environments/environments.ts'
import { failure, ParityError } from '../errors.ts'
import { maintenanceDatabases, onDatabase, readClientSessions, readDatabase, readServer } from '../postgres/catalog.ts'
import type { Connection } from '../postgres/connection.ts'
import { connect, reach, type Session, sqlState, withSession } from '../postgres/server.ts'
import type { Prepared } from '../run/plan.ts'
import { servicesDatabase } from '../services/running.ts'
import { resolveTarget } from '../target/target.ts'
import type { TargetFacts } from './facts.ts'
import { applicationName, lockTarget } from './lock.ts'
import { derivedName } from './names.ts'
import { readOurDatabases } from './ours.ts'
import type { SwapNames } from './statements.ts'

export type TargetOptions = { readonly database?: string | undefined; readonly db?: string | undefined }

/** The local side, read; the session stays open, and holds the lock on the target unless this is only a look. */
export type HeldTarget = { readonly facts: TargetFacts; readonly session: Session }

/**
 * Finds the local database and reads everything about it. With `lock` the session takes the lock first and holds it as long as it
 * lives, so that what was read stays true. The caller closes the session.
 */
export async function inspectTarget(
  project: Project,
  options: TargetOptions,
  work: string,
  lock: boolean,
): Promise<HeldTarget> {
  const { connection: named, origin, unread } = await findTarget(project, options)
  const connection = reach(named)
  const { session, maintenance } = await connectForMaintenance(connection, applicationName(work))
  try {
    if (lock) await lockTarget(session, connection.database)
    return {
      session,
      facts: { ...(await readTarget(session, connection, maintenance, origin)), unread, now: project.ambient.now },
    }
  } catch (error) {
    await session.close()
    throw error
  }
}

/** The local database of a project, and what named it; no server is asked. Throws the usage errors of `resolveTarget`. */
export function findTarget(project: Project, options: TargetOptions): ReturnType<typeof resolveTarget> {
  return resolveTarget({
    option: options.database,
    configured: {
      ...project.configuration.development,
      allowHosts: project.configuration.development?.allowHosts ?? [],
      file: project.configuration.file,
    },
    environment: project.ambient.env,
    services: () => servicesDatabase(project.root),
    root: project.root,
    folder: project.folder,
    databaseEntry: options.db,
  })
}

/** Prepares a command on what `inspectTarget` finds. The session stays open for its run, and closes at once where there will be none. */
export async function prepareOnTarget(
  project: Project,
  options: TargetOptions,
  work: string,
  dryRun: boolean,
  prepare: (held: HeldTarget) => Promise<Omit<Prepared, 'dispose'>>,
): Promise<Prepared> {
  const held = await inspectTarget(project, options, work, !dryRun)
  const dispose = () => held.session.close()
  try {
    return { ...(await prepare(held)), dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

async function readTarget(
  session: Session,
  connection: Connection,
  maintenance: string,
  origin: string,
): Promise<Omit<TargetFacts, 'now'>> {
  const names = swapNames(connection.database)
  const server = await readServer(session)
  const database = await readDatabase(session, names.target)
  const ours = await readOurDatabases(session, names.target)
  return {
    connection,
    maintenance,
    origin,
    names,
    server,
    database,
    ours,
    incomingIsEmpty:
      ours.incoming !== undefined && ours.incoming.comment === null && (await isEmpty(connection, names.incoming)),
    sessions: await readClientSessions(session, [names.target]),
  }
}

function swapNames(target: string): SwapNames {
  return {
    target,
    incoming: derivedName(target, 'incoming'),
    previous: derivedName(target, 'previous'),
    discard: derivedName(target, 'discard'),
  }
}

/** Connects to the agreed database for work on whole databases: the first of them that is there, and is not the target itself. */
async function connectForMaintenance(
  connection: Connection,
  application: string,
): Promise<{ session: Session; maintenance: string }> {
  const [first, second] = maintenanceDatabases.filter((name) => name !== connection.database)
  if (first === undefined) throw new Error('there is always another database')
  if (second === undefined)
    return { session: await connect(onDatabase(connection, first), application), maintenance: first }
  try {
    return { session: await connect(onDatabase(connection, first), application), maintenance: first }
  } catch (error) {
    if (!(error instanceof ParityError) || !/does not exist|permission denied/.test(error.message)) throw error
    return { session: await connect(onDatabase(connection, second), application), maintenance: second }
  }
}

/** Whether a database holds nothing that anybody made in it: no table, view, sequence, type, function, schema or large object. */
async function isEmpty(connection: Connection, database: string): Promise<boolean> {
  try {
    return await withSession(onDatabase(connection, database), applicationName('look'), async (session) => {
      const [row] = await session.query<{ empty: boolean }>(`
        SELECT NOT EXISTS (SELECT FROM pg_class WHERE oid >= 16384)
           AND NOT EXISTS (SELECT FROM pg_type WHERE oid >= 16384)
           AND NOT EXISTS (SELECT FROM pg_proc WHERE oid >= 16384)
           AND NOT EXISTS (SELECT FROM pg_largeobject_metadata)
           AND NOT EXISTS (SELECT FROM pg_namespace WHERE oid >= 16384) AS empty`)
      return row?.empty ?? false
    })
  } catch (error) {
    if (sqlState(error) === undefined && error instanceof ParityError) return false
    throw failure(`the database ${database} cannot be read`)
  }
}
