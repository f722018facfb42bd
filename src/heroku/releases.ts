import { type Api, orUndefined } from './api.ts'
import { asNumber, asObject, asObjects, asText } from './json.ts'

/** One release of an app: a build, a promotion, a rollback, or a change of its configuration. */
export type Release = {
  readonly version: number
  /** Heroku's words: `Deploy 1a2b3c4d`, `Set COLOUR config vars`, `Rollback to v3`, `Promote acme-staging v7 …`. */
  readonly description: string
  readonly at: Date
  /** The email address of who released it. */
  readonly by: string
  /** `pending` until its release phase has ended; one whose release phase failed never ran. */
  readonly status: 'pending' | 'succeeded' | 'failed'
  /** Where the output of its release phase can be read for a while: a secret. */
  readonly outputUrl: string | undefined
  /**
   * The build it runs; releases that change only the configuration share it. Undefined before the first build, for a container, on
   * Fir, and where the release has expired: https://devcenter.heroku.com/changelog-items/3395
   */
  readonly slug: string | undefined
  /** The same on Fir, where a build is an OCI image. */
  readonly image: string | undefined
}

/**
 * The newest releases of an app, oldest first: a thousand, as many as Heroku gives in one answer, unless fewer will do. Fails where
 * there is no such app.
 *
 * Source: https://devcenter.heroku.com/articles/platform-api-reference#release-list
 */
export async function recentReleases(api: Api, app: string, most = 1000): Promise<Release[]> {
  const path = `/apps/${encodeURIComponent(app)}/releases`
  const headers = { range: `version ..; order=desc,max=${most}` }
  return readReleases(await api.get(path, { headers, firstPage: true }))
}

/** What Heroku answered, as releases, oldest first. Entries without version or date are left out, unknown fields ignored. */
function readReleases(answer: unknown): Release[] {
  return asObjects(answer)
    .flatMap(readRelease)
    .sort((one, other) => one.version - other.version)
}

function readRelease(release: Readonly<Record<string, unknown>>): Release[] {
  const version = asNumber(release.version)
  const at = new Date(asText(release.created_at) ?? '')
  if (version === undefined || Number.isNaN(at.getTime())) return []
  const status = statusOf(asText(release.status))
  return [
    {
      version,
      description: asText(release.description) ?? '',
      at,
      by: asText(asObject(release.user).email) ?? '',
      status,
      outputUrl: asText(release.output_stream_url),
      slug: asText(asObject(release.slug).id),
      image: asText(asObject(release.oci_image).id),
    },
  ]
}

/** Releases of long ago have no status; since 2025-10 old ones are `expired`, and did run. */
function statusOf(status: string | undefined): Release['status'] {
  return status === 'pending' || status === 'failed' ? status : 'succeeded'
}

/** The newest release of an app; undefined before its first. Fails where there is no such app. */
export async function newestRelease(api: Api, app: string): Promise<Release | undefined> {
  return (await recentReleases(api, app, 1)).at(-1)
}

/**
 * What Heroku has as the commit of a build: free text, since a build by the API can give any version. Undefined where it was given
 * none, and for a slug that is gone.
 */
export async function slugCommit(api: Api, app: string, slug: string): Promise<string | undefined> {
  const path = `/apps/${encodeURIComponent(app)}/slugs/${encodeURIComponent(slug)}`
  return asText(asObject(await orUndefined(api.get(path))).commit)
}

/** The same of an OCI image; the CLI reads a list of one. */
export async function imageCommit(api: Api, app: string, image: string): Promise<string | undefined> {
  const path = `/apps/${encodeURIComponent(app)}/oci-images/${encodeURIComponent(image)}`
  const answer = await orUndefined(api.get(path))
  return asText(asObject(Array.isArray(answer) ? answer[0] : answer).commit)
}
