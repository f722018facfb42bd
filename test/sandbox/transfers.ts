import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { copyFile, rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type App, type Database, dataTime, type Transfer } from './apps.ts'
import type { Cluster } from './clusters.ts'
import { dumpDatabase, loadDatabase, type Progress, resetDatabase } from './databases.ts'
import type { Storage } from './storage.ts'

type Ends = Pick<Transfer, 'from_type' | 'from_name' | 'from_url' | 'to_type' | 'to_name' | 'to_url'>
type Work = (transfer: Transfer, progress: Progress) => Promise<void>

/** Backups, restores and copies: each is really done, in the background, while its entry in the app's list tells how far it is. */
export class Transfers {
  readonly #cluster: Cluster
  readonly #storage: Storage
  readonly #running = new Map<string, { done: Promise<void>; cancel: () => void }>()
  #gate: Promise<void> = Promise.resolve()
  #failure: string | undefined

  constructor(cluster: Cluster, storage: Storage) {
    this.#cluster = cluster
    this.#storage = storage
  }

  /** Dumps a database of the app, or takes a dump that is there already. `startedAt` dates it back. */
  capture(app: App, database: Database, startedAt = new Date(), dump?: string): Transfer {
    const uuid = randomUUID()
    const ends = {
      from_type: 'pg_dump',
      from_name: shortName(database),
      from_url: `postgres://127.0.0.1/${database.name}`,
      to_type: 'gof3r',
      to_name: 'BACKUP',
      to_url: `s3://sandbox-backups/${app.name}/${uuid}`,
    }
    return this.#begin(app, uuid, ends, startedAt, async (transfer, progress) => {
      transfer.source_bytes = await this.#size(database)
      const file = await this.#storage.fileFor(app.name, uuid)
      if (dump === undefined) return dumpDatabase(this.#cluster, database, file, progress)
      await copyFile(dump, file)
      progress.bytes((await stat(file)).size)
    })
  }

  /** Replaces the contents of a database by a dump: one of our own (`s3://…`) or one behind a web address. */
  restore(app: App, database: Database, url: string, extensions: string[]): Transfer {
    const ends = { from_type: 'gof3r', from_name: 'BACKUP', from_url: url, ...toDatabase(database) }
    return this.#begin(app, randomUUID(), ends, new Date(), async (transfer, progress) => {
      const own = url.match(/^s3:\/\/sandbox-backups\/(.+)$/)?.[1]
      const file = own === undefined ? await this.#download(url, transfer.uuid) : this.#storage.pathOf(own)
      transfer.source_bytes = (await stat(file)).size
      await resetDatabase(this.#cluster, database, extensions)
      await loadDatabase(this.#cluster, database, file, progress)
      transfer.processed_bytes = transfer.source_bytes
      if (own === undefined) await rm(file, { force: true })
    })
  }

  /** Replaces the contents of `to` by those of `from`. */
  copy(app: App, from: Database, to: Database): Transfer {
    const ends = { from_type: 'pg_dump', from_name: shortName(from), from_url: `postgres://127.0.0.1/${from.name}` }
    return this.#begin(app, randomUUID(), { ...ends, ...toDatabase(to) }, new Date(), async (transfer, progress) => {
      transfer.source_bytes = await this.#size(from)
      const file = await this.#storage.fileFor('copies', transfer.uuid)
      await dumpDatabase(this.#cluster, from, file, progress)
      await resetDatabase(this.#cluster, to)
      await loadDatabase(this.#cluster, to, file, progress)
      await rm(file)
    })
  }

  /** Waits until a transfer is over, however it ended. */
  async over(transfer: Transfer): Promise<void> {
    await this.#running.get(transfer.uuid)?.done
  }

  cancel(transfer: Transfer): void {
    if (transfer.finished_at !== null) return
    transfer.canceled_at = dataTime()
    this.#running.get(transfer.uuid)?.cancel()
  }

  /** Transfers begun from now on stay running until the function returned is called. */
  pause(): () => void {
    let open = () => {}
    this.#gate = new Promise((resolve) => {
      open = resolve
    })
    return open
  }

  /** The next transfer fails with that message, after its target has been reset. */
  failNext(message: string): void {
    this.#failure = message
  }

  #begin(app: App, uuid: string, ends: Ends, at: Date, work: Work): Transfer {
    const transfer = entry(app, uuid, ends, at)
    app.transfers.push(transfer)
    const failure = this.#failure
    this.#failure = undefined
    let child: ChildProcess | undefined
    let stop = () => {}
    const cancelled = new Promise<never>((_, reject) => {
      stop = () => reject(new Error('transfer canceled'))
    })
    const progress: Progress = {
      bytes: (more) => {
        transfer.processed_bytes += more
      },
      child: (started) => {
        child = started
      },
    }
    const gate = this.#gate
    const job = async () => {
      await gate
      await work(transfer, progress)
      if (failure !== undefined) throw new Error(failure)
    }
    const cancel = () => {
      stop()
      child?.kill()
    }
    const took = Date.now()
    const done = Promise.race([job(), cancelled]).then(
      () => finish(transfer, true, ['Transfer complete.'], new Date(at.getTime() + Date.now() - took)),
      (error: Error) => finish(transfer, false, error.message.split('\n'), new Date()),
    )
    this.#running.set(uuid, { done, cancel })
    return transfer
  }

  async #size({ name }: Database): Promise<number> {
    const [row] = await this.#cluster.query('postgres', `SELECT pg_database_size('${name}')::float8 AS size`)
    return Number(row?.size)
  }

  async #download(url: string, uuid: string): Promise<string> {
    const file = await this.#storage.fileFor('restores', uuid)
    const response = await fetch(url)
    if (!response.ok || response.body === null) throw new Error(`could not download backup: HTTP ${response.status}`)
    await pipeline(Readable.fromWeb(response.body), createWriteStream(file))
    return file
  }
}

function shortName({ attachment }: Database): string {
  return attachment.replace('HEROKU_POSTGRESQL_', '')
}

function toDatabase(database: Database) {
  return { to_type: 'pg_restore', to_name: shortName(database), to_url: `postgres://127.0.0.1/${database.name}` }
}

function entry(app: App, uuid: string, ends: Ends, at: Date): Transfer {
  const now = dataTime(at)
  return {
    uuid,
    num: (app.transfers.at(-1)?.num ?? 0) + 1,
    ...ends,
    options: {},
    source_bytes: 0,
    processed_bytes: 0,
    succeeded: null,
    warnings: 0,
    schedule: null,
    created_at: now,
    started_at: now,
    finished_at: null,
    canceled_at: null,
    updated_at: now,
    logs: [{ created_at: now, message: `Starting ${ends.from_type} to ${ends.to_type}` }],
  }
}

function finish(transfer: Transfer, succeeded: boolean, messages: string[], at: Date): void {
  const now = dataTime(at)
  transfer.logs.push(...messages.map((message) => ({ created_at: now, message })))
  transfer.succeeded = succeeded
  transfer.finished_at = now
  transfer.updated_at = now
}
