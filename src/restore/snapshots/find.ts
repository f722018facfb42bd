import { type HeldTarget, inspectTarget, type TargetOptions } from '../../databases/inspect.ts'
import { readLiveComment } from '../../databases/missing.ts'
import { readSnapshots, type Snapshot } from '../../databases/ours.ts'
import type { Project } from '../../environments/environments.ts'
import { suggest } from '../../environments/suggest.ts'
import { ParityError, usageError } from '../../errors.ts'
import { printable } from '../../terminal/harmless.ts'
import { rememberSnapshots } from './remembered.ts'

/** The snapshots of the local database, the newest first, what it is called, and what is missing in it. */
export async function listSnapshots(
  project: Project,
  options: TargetOptions,
): Promise<{ target: string; missing: readonly string[]; snapshots: Snapshot[] }> {
  const { session, facts } = await inspectTarget(project, options, 'look', false)
  try {
    const { target } = facts.names
    const snapshots = await readSnapshots(session, target)
    await keepNames(
      project,
      options,
      snapshots.map(({ name }) => name),
    )
    const { missing } = readLiveComment(facts.database?.comment ?? null)
    return { target, missing, snapshots }
  } finally {
    await session.close()
  }
}

/** Keeps for completion which snapshots there are, of the database that the project means by itself. */
export async function keepNames(project: Project, options: TargetOptions, names: readonly string[]): Promise<void> {
  if (options.database !== undefined || options.db !== undefined) return
  await rememberSnapshots(project.ambient.cache, project.root, names)
}

/** Their names; undefined where nothing names a local database. Throws where its server could not be asked. */
export async function snapshotNames(project: Project, options: TargetOptions): Promise<string[] | undefined> {
  try {
    return (await listSnapshots(project, options)).snapshots.map(({ name }) => name)
  } catch (error) {
    if (error instanceof ParityError && error.status === 2) return undefined
    throw error
  }
}

/** Throws a usage error for a name that no snapshot has. */
export async function findSnapshot({ session, facts }: HeldTarget, name: string): Promise<Snapshot> {
  const { target } = facts.names
  const all = await readSnapshots(session, target)
  const found = all.find((snapshot) => snapshot.name === name)
  if (found) return found
  const meant = suggest(
    name,
    all.map((snapshot) => snapshot.name),
  )
  throw usageError(
    `no snapshot \`${printable(name)}\` of ${printable(target)}${meant ? `, did you mean \`${meant}\`?` : ''}`,
    '`development backups` lists them',
  )
}
