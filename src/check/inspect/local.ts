import { join } from 'node:path'
import type { Project } from '../../environments/environments.ts'
import type { Inspect } from '../../run/inspect.ts'
import { runningServices } from '../../services/running.ts'
import type { LocalFacts } from '../facts.ts'
import { readImages, readToolFiles } from './files.ts'
import { readLocalDatabase } from './postgres.ts'

/** Looks at this machine: the files of the app in this folder of the project, and the database that development works on. */
export async function inspectThisMachine(
  project: Project,
  name: string,
  folder: string,
  inspect: Inspect,
): Promise<LocalFacts> {
  const [files, images, services, database] = await Promise.all([
    readToolFiles(join(project.root, folder)),
    readImages(project.root),
    inspect(name, 'services', runningServices(project.root)),
    inspect(name, 'Postgres', readLocalDatabase(project)),
  ])
  return {
    name,
    files,
    images,
    services: services ?? [],
    otherAdapter: database && 'adapter' in database ? database : undefined,
    postgres: database && 'version' in database ? database : undefined,
  }
}
