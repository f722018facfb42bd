import type { Snapshot } from '../../databases/ours.ts'
import type { DatabaseFacts } from '../../postgres/catalog.ts'
import { age, size } from '../../terminal/units.ts'

export function ageOf({ mark }: Pick<Snapshot, 'mark'>, now: Date, word = ' old'): string {
  return mark.createdAt === undefined ? '' : `, ${age(new Date(mark.createdAt), now)}${word}`
}

export function sizeOf(database: DatabaseFacts): string {
  return database.size === null ? '' : `, ${size(database.size)}`
}
