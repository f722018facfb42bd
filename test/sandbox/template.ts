import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { makeApps } from './apps.ts'
import { makeCertificate } from './certificates.ts'
import { type Cluster, makeClusters } from './clusters.ts'
import { createDatabase, dumpDatabase, fillDatabase, furnish } from './databases.ts'
import { systemPath } from './environment.ts'
import { must } from './processes.ts'
import { makeSampleProject } from './sample-project.ts'
import { rows, structure } from './seed.ts'

/** Names the folder of a template that is there already; test runs make one for all their sandboxes. */
export const templateVariable = 'PARITY_TEST_TEMPLATE'

/** The developer's role in the local cluster. */
export const developer = 'developer'

/** Articles of a database of Heroku's cluster, where a sandbox does not ask for another number. */
export function usualRows(database: string): number {
  return database === 'acme_production' ? 2000 : 100
}

/** The file in a template, and in a sandbox, that holds a dump of production with its usual rows. */
export function usualDump(folder: string): string {
  return join(folder, 'production.dump')
}

/**
 * Puts into a folder what every sandbox begins with: a certificate, both clusters (stopped) with their databases and their usual rows,
 * a dump of production, the sample project with its repositories.
 */
export async function makeTemplate(folder: string): Promise<void> {
  await chmod(folder, 0o711) // Postgres may be another user
  const certificate = await makeCertificate(folder)
  const [{ heroku, local }] = await Promise.all([
    makeClusters(folder, certificate),
    makeSampleProject(folder, gitEnvironment(folder)),
  ])
  await Promise.all([furnishHeroku(heroku, folder), furnishLocal(local)])
  await Promise.all([heroku.stop(), local.stop()])
}

/** Puts a copy of a template into a folder. */
export async function copyTemplate(template: string, folder: string): Promise<void> {
  await chmod(folder, 0o711)
  const parts = [
    'key.pem',
    'certificate.pem',
    'heroku',
    'local',
    'sockets',
    'origin.git',
    'repositories',
    'project',
    'production.dump',
  ]
  await must(['cp', '-Rp', ...parts.map((part) => join(template, part)), folder])
  const git = (...args: string[]) =>
    must(['git', '-C', join(folder, 'project'), ...args], { env: gitEnvironment(folder) })
  await git('remote', 'set-url', 'origin', join(folder, 'origin.git'))
  await git('reset', '--quiet') // the index knows files by their inodes too
}

async function furnishHeroku(cluster: Cluster, folder: string): Promise<void> {
  await cluster.start()
  await furnish(cluster)
  for (const { databases } of makeApps(cluster.port)) {
    for (const { name } of databases) {
      await createDatabase(cluster, name)
      await fillDatabase(cluster, name, usualRows(name))
    }
  }
  await dumpDatabase(cluster, { name: 'acme_production' }, usualDump(folder))
}

/** Starts the developer's cluster and makes the role and the database in it, with a few rows. */
export async function furnishLocal(cluster: Cluster): Promise<void> {
  await cluster.start()
  await cluster.query('postgres', `CREATE ROLE ${developer} LOGIN CREATEDB`)
  await cluster.query('postgres', `CREATE DATABASE acme_development OWNER ${developer}`)
  await cluster.query('acme_development', `CREATE EXTENSION citext; ${structure('public')}`, developer)
  await cluster.query('acme_development', rows({ articles: 12, environment: 'development' }), developer)
}

function gitEnvironment(folder: string): Record<string, string> {
  return { PATH: systemPath().join(':'), HOME: folder }
}
