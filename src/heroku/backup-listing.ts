import { harmless } from '../terminal/harmless.ts'
import { table } from '../terminal/table.ts'
import { age, size } from '../terminal/units.ts'
import type { Transfer } from './transfers.ts'

/** The backups of an app for people, the newest first: id, age, size, database, and how one ended that is of no use. */
export function backupTable(app: string, backups: readonly Transfer[], now: Date): string {
  if (backups.length === 0) return `backups of ${app}: none`
  const rows = backups.toReversed().map((backup) => backupRow(backup, now))
  return harmless([`backups of ${app}`, table(rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]))].join('\n'))
}

function backupRow(backup: Transfer, now: Date): string[] {
  const { id, createdAt, sizeBytes, database = '' } = backup
  const ended = { completed: '', running: 'being captured', failed: 'failed' }[statusOf(backup)]
  return [id, `${age(createdAt, now)} old`, sizeBytes === undefined ? '' : size(sizeBytes), database, ended]
}

/** The same for programs. */
export function backupData(backups: readonly Transfer[]): Record<string, unknown>[] {
  return backups.toReversed().map((backup) => ({
    id: backup.id,
    createdAt: backup.createdAt.toISOString(),
    finishedAt: backup.finishedAt?.toISOString() ?? null,
    bytes: backup.sizeBytes ?? null,
    databaseBytes: backup.databaseBytes ?? null,
    database: backup.database ?? null,
    scheduled: backup.scheduled,
    status: statusOf(backup),
  }))
}

function statusOf({ succeeded, finishedAt, running }: Transfer): 'completed' | 'running' | 'failed' {
  if (running) return 'running'
  return succeeded && finishedAt !== undefined ? 'completed' : 'failed'
}
