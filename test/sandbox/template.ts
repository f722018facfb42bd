import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { makeApps } from './apps.ts'
import { makeCertificate } from './certificates.ts'
import { type Cluster, makeClusters } from './clusters.ts'
import { createDatabase, furnish } from './databases.ts'
import { systemPath } from './environment.ts'
import { must } from './processes.ts'
import { makeSampleProject } from './sample-project.ts'
import { structure } from './seed.ts'

/** Names the folder of a template that is there already; test runs make one for all their sandboxes. */
export const templateVariable = 'PARITY_TEST_TEMPLATE'

/** The developer's role in the local cluster. */
export const developer = 'developer'

/**
 * Puts into a folder what every sandbox begins with: a certificate, both clusters (stopped) with their databases but without rows,
 * the sample project with its repositories.
 */
export async function makeTemplate(folder: string): Promise<void> {
  await chmod(folder, 0o711) // Postgres may be another user
  const certificate = await makeCertificate(folder)
  const [{ heroku, local }] = await Promise.all([
    makeClusters(folder, certificate),
    makeSampleProject(folder, gitEnvironment(folder)),
  ])
  await Promise.all([furnishHeroku(heroku), furnishLocal(local)])
  await Promise.all([heroku.stop(), local.stop()])
}

/** Puts a copy of a template into a folder. */
export async function copyTemplate(template: string, folder: string): Promise<void> {
  await chmod(folder, 0o711)
  const parts = ['key.pem', 'certificate.pem', 'heroku', 'local', 'sockets', 'origin.git', 'repositories', 'project']
  await must(['cp', '-Rp', ...parts.map((part) => join(template, part)), folder])
  const git = (...args: string[]) =>
    must(['git', '-C', join(folder, 'project'), ...args], { env: gitEnvironment(folder) })
  await git('remote', 'set-url', 'origin', join(folder, 'origin.git'))
  await git('reset', '--quiet') // the index knows files by their inodes too
}

async function furnishHeroku(cluster: Cluster): Promise<void> {
  await cluster.start()
  await furnish(cluster)
  for (const { databases } of makeApps(cluster.port)) {
    for (const { name } of databases) await createDatabase(cluster, name)
  }
}

/** Starts the developer's cluster and makes the role and the database in it. */
export async function furnishLocal(cluster: Cluster): Promise<void> {
  await cluster.start()
  await cluster.query('postgres', `CREATE ROLE ${developer} LOGIN CREATEDB`)
  await cluster.query('postgres', `CREATE DATABASE acme_development OWNER ${developer}`)
  await cluster.query('acme_development', `CREATE EXTENSION citext; ${structure('public')}`, developer)
}

function gitEnvironment(folder: string): Record<string, string> {
  return { PATH: systemPath().join(':'), HOME: folder }
}
