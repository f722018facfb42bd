import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Database } from './apps.ts'
import type { Cluster } from './clusters.ts'
import { furniture, furnitureRoles } from './heroku-furniture.ts'
import { postgresPrograms } from './postgres-programs.ts'
import { rows, structure, tables } from './seed.ts'

export const admin = 'heroku_admin'
const template = 'heroku_template'

/** Makes the roles of Heroku's cluster, and the database of which every app's is a copy. */
export async function furnish(cluster: Cluster): Promise<void> {
  await cluster.query('postgres', furnitureRoles)
  await cluster.query('postgres', `CREATE DATABASE ${template}`)
  await cluster.query(template, furniture)
}

/** Makes one app's database, without rows, and its role, without a password. */
export async function createDatabase(cluster: Cluster, name: string): Promise<void> {
  await cluster.query('postgres', `CREATE ROLE ${name} LOGIN`)
  await cluster.query('postgres', `CREATE DATABASE ${name} TEMPLATE ${template} OWNER ${name}`)
  const sql = `CREATE EXTENSION citext WITH SCHEMA heroku_ext; ${structure('heroku_ext')}`
  await cluster.query(name, `SET ROLE ${name}; ${sql}`)
}

/** Gives an app's database that many articles, and no others. */
export async function fillDatabase(cluster: Cluster, name: string, articles: number): Promise<void> {
  const sql = rows({ articles, environment: 'production' })
  await cluster.query(name, `SET ROLE ${name}; TRUNCATE ${tables.join(', ')} RESTART IDENTITY; ${sql}`)
}

/** Gives the roles of databases their passwords. */
export async function setPasswords(cluster: Cluster, databases: readonly Database[]): Promise<void> {
  await cluster.query(
    'postgres',
    databases.map(({ name, password }) => `ALTER ROLE ${name} PASSWORD '${password}'`).join(';'),
  )
}

/** Drops and recreates a database with nothing but what Heroku puts into each. */
export async function resetDatabase(cluster: Cluster, { name }: Database, extensions: string[] = []): Promise<void> {
  await cluster.query('postgres', `DROP DATABASE ${name} WITH (FORCE)`)
  await cluster.query('postgres', `CREATE DATABASE ${name} TEMPLATE ${template} OWNER ${name}`)
  for (const wanted of extensions) {
    const [extension = '', schema = 'public'] = wanted.split('.').reverse()
    await cluster.query(name, `CREATE EXTENSION IF NOT EXISTS "${extension}" WITH SCHEMA "${schema}"`)
  }
}

export type Progress = { bytes: (more: number) => void; child: (child: ChildProcess) => void }

/** Dumps as Heroku does: as superuser, through a pipe (so the archive has no data offsets), without schema heroku_ext. */
export async function dumpDatabase(
  cluster: Cluster,
  { name }: Pick<Database, 'name'>,
  file: string,
  progress?: Progress,
): Promise<void> {
  const dump = program(cluster, 'pg_dump', ['--format=custom', '--exclude-schema=heroku_ext', name])
  progress?.child(dump)
  const ended = complaint(dump)
  if (dump.stdout === null) throw new Error('pg_dump has no output')
  dump.stdout.on('data', (chunk: Buffer) => progress?.bytes(chunk.length))
  await pipeline(dump.stdout, createWriteStream(file))
  await ended
}

/** Restores an archive into a freshly reset database: all but what Heroku itself puts into each. */
export async function loadDatabase(
  cluster: Cluster,
  database: Database,
  file: string,
  progress?: Progress,
): Promise<void> {
  const contents = await listArchive(cluster, file)
  const chosen = contents.filter(
    (line) => !/^\d+; .*( _heroku |SCHEMA|EVENT TRIGGER|EXTENSION.* pg_stat_statements)/.test(line),
  )
  const list = join(cluster.socketFolder, `${database.name}.${process.hrtime.bigint()}.list`)
  await writeFile(list, chosen.join('\n'))
  const options = ['--no-owner', '--no-acl', '--exit-on-error', `--role=${database.name}`, '--use-list', list]
  const restore = program(cluster, 'pg_restore', [...options, '--dbname', database.name, file])
  progress?.child(restore)
  try {
    await complaint(restore)
  } finally {
    await rm(list, { force: true })
  }
}

async function listArchive(cluster: Cluster, file: string): Promise<string[]> {
  const list = program(cluster, 'pg_restore', ['--list', file])
  const [output] = await Promise.all([list.stdout?.toArray() ?? [], complaint(list)])
  return Buffer.concat(output).toString().split('\n')
}

function program(cluster: Cluster, name: string, args: string[]): ChildProcess {
  const env = { PATH: process.env.PATH, PGHOST: cluster.socketFolder, PGPORT: String(cluster.port), PGUSER: admin }
  // detached: a Ctrl-C at the terminal must not reach what Heroku does
  return spawn(join(postgresPrograms(), name), args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    cwd: '/',
    detached: true,
  })
}

/** Waits for a program's end and turns a failure into an error with what it said. */
function complaint(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk
    })
    child.on('error', reject)
    child.on('close', (status, signal) =>
      status === 0 ? resolve() : reject(new Error(said.trim() || `ended by ${signal}`)),
    )
  })
}
