/** The client programs of one Postgres release (`pg_restore`, `pg_dump`, `psql`), which live in one folder. */
export type Client = {
  readonly folder: string
  /** As the program says it: `15.18`. */
  readonly version: string
  readonly major: number
  /** The newest archive format that its `pg_restore` reads: `1.14`. */
  readonly archiveVersion: string
}

export type ClientNeeds = {
  /** Format of the archive to be read: `1.14`. */
  readonly archiveVersion?: string | undefined
  /** Major version of the server that is talked to: 15. */
  readonly serverMajor?: number | undefined
  /** Whether the server is to be dumped: `pg_dump` refuses a server newer than itself. */
  readonly dumps?: boolean | undefined
}

export async function findClients(_environment: NodeJS.ProcessEnv): Promise<Client[]> {
  throw new Error('being written')
}

export function chooseClients(_found: readonly Client[], _needs: ClientNeeds): Client {
  throw new Error('being written')
}

/** Path of one of the client's programs: `clientProgram(client, 'pg_restore')`. */
export function clientProgram(client: Client, program: 'pg_restore' | 'pg_dump' | 'psql'): string {
  return `${client.folder}/${program}`
}
