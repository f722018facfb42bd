import { type Api, orUndefined } from './api.ts'
import { asObject, asObjects, asText, asTexts } from './json.ts'

/** A Postgres add-on, by its id or its name, and its plan without the name of the service. */
export type PostgresAddon = { readonly id: string; readonly plan: string }

/** Whether a plan of Heroku Postgres is one of Advanced, which another API answers for: the CLI's own test. */
export function isAdvanced(plan: string): boolean {
  return /^(advanced|performance)/.test(plan)
}

/** What the data API says of a Postgres database. */
async function postgresAnswer(api: Api, { id, plan }: PostgresAddon): Promise<Readonly<Record<string, unknown>>> {
  const path = isAdvanced(plan)
    ? `/data/postgres/v1/${encodeURIComponent(id)}/info`
    : `/client/v11/databases/${encodeURIComponent(id)}`
  return asObject(await api.get(path, { host: 'data' }))
}

/** The version in such an answer; undefined where there is no word of it. */
function versionIn({ info, postgres_version, version }: Readonly<Record<string, unknown>>): string | undefined {
  return (fact(info, 'PG Version') ?? asText(postgres_version) ?? asText(version))?.split(' ')[0]
}

/** The version of a Postgres database; undefined where the data API has no word of it. */
export async function postgresVersion(api: Api, database: PostgresAddon): Promise<string | undefined> {
  return versionIn(await postgresAnswer(api, database))
}

/** Reads what a Postgres add-on is besides its plan; its version is undefined where Heroku does not show it. */
export async function postgresInfo(
  api: Api,
  database: PostgresAddon,
): Promise<{ readonly version: string | undefined; readonly follower: boolean }> {
  const answer = (await orUndefined(postgresAnswer(api, database))) ?? {}
  return {
    version: versionIn(answer),
    // It only follows another database.
    follower: asText(answer.following) !== undefined || fact(answer.info, 'Following') !== undefined,
  }
}

/** The version of a Redis or Key-Value Store add-on, as `heroku redis:info` shows it; undefined where the data API has no word of it. */
export async function redisVersion(api: Api, addon: string): Promise<string | undefined> {
  const answer = await orUndefined(api.get(`/redis/v0/databases/${encodeURIComponent(addon)}`, { host: 'data' }))
  return asText(asObject(answer).version) ?? fact(asObject(answer).info, 'Version')
}

/** One of the facts that the data API gives as `{ name, values }`. */
function fact(info: unknown, name: string): string | undefined {
  const [value] = asTexts(asObjects(info).find((entry) => entry.name === name)?.values)
  return value
}
