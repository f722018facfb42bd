import type { TargetFacts } from '../../../src/databases/facts.ts'
import { formatMark, type Mark, parseMark } from '../../../src/databases/names.ts'
import type { OurDatabases } from '../../../src/databases/ours.ts'
import type { DatabaseFacts } from '../../../src/postgres/catalog.ts'
import type { RestoreFacts, RestoreOptions, Source } from '../../../src/restore/facts.ts'

/** A database as a plain `createdb acme` leaves it. */
export const database: DatabaseFacts = {
  name: 'acme',
  oid: 20_000,
  owner: 'ada',
  isOurs: true,
  encoding: 'UTF8',
  collate: 'en_US.UTF-8',
  ctype: 'en_US.UTF-8',
  localeProvider: 'libc',
  locale: null,
  icuRules: null,
  tablespace: 'pg_default',
  connectionLimit: -1,
  comment: null,
  settings: [],
  grants: null,
  preparedTransactions: 0,
  size: 8 * 1024 * 1024,
}

/** A database that parity made for `acme`, as its mark says. */
export function ours(
  kind: 'incoming' | 'previous' | 'discard',
  changes: Partial<DatabaseFacts> = {},
): NonNullable<OurDatabases['previous']> {
  const mark: Mark = { madeBy: 'parity', target: 'acme', kind }
  const facts = { ...database, name: `acme__parity_${kind}`, comment: formatMark(mark), ...changes }
  return { ...facts, mark: parseMark(facts.comment) }
}

export const now = new Date('2025-03-01T12:00:00Z')

export const target: TargetFacts = {
  connection: { host: '127.0.0.1', port: 5432, user: 'ada', database: 'acme' },
  maintenance: 'postgres',
  origin: '--database',
  names: {
    target: 'acme',
    incoming: 'acme__parity_incoming',
    previous: 'acme__parity_previous',
    discard: 'acme__parity_discard',
  },
  server: {
    version: '15.4',
    major: 15,
    role: { name: 'ada', superuser: false, createDatabase: true },
    freeConnections: 50,
    dataDirectory: '/var/lib/postgresql',
    extensions: [],
  },
  database,
  ours: { incoming: undefined, previous: undefined, discard: undefined, copy: undefined },
  incomingIsEmpty: false,
  sessions: [],
  now,
}

export const backup: Extract<Source, { kind: 'backup' }> = {
  kind: 'backup',
  environment: 'production',
  app: 'acme-production',
  backup: {
    id: 'b123',
    uuid: 'uuid',
    num: 123,
    createdAt: new Date('2025-03-01T08:50:00Z'),
    finishedAt: new Date('2025-03-01T09:00:00Z'),
    sizeBytes: 118 * 1024 * 1024,
    databaseBytes: undefined,
  },
  running: undefined,
  cached: undefined,
  file: '/cache/acme-production/b123.dump',
}

export const facts: RestoreFacts = {
  ...target,
  source: backup,
  client: { folder: '/pg/15/bin', version: '15.4', major: 15, archiveVersion: '1.14' },
  contents: undefined,
  loadFolder: '/cache/_load/1',
  jobs: 2,
}

export const options: RestoreOptions = {
  keep: true,
  keepDumps: 2,
  warnAfter: 24 * 3_600_000,
  after: [],
  scrub: undefined,
  pgRestore: [],
  skipExtensions: [],
  excludeTableData: [],
  allowMissing: [],
  request: {
    source: 'production',
    ...{ file: undefined, backup: undefined, fromDatabase: undefined, url: undefined, database: undefined },
    ...{ db: undefined, jobs: undefined, fresh: false, offline: false, parallelize: false },
    ...{ keep: true, pristine: true, scrub: true, skipExtensions: [], allowMissing: [], pgRestore: [] },
  },
  now,
  log: '/cache/_log/restore-1.log',
  folder: undefined,
  pristine: undefined,
}
