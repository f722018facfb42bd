import { findEnvironment, type Project } from '../environments/environments.ts'
import { ParityError, usageError } from '../errors.ts'
import { attachedAddons } from '../heroku/attachments.ts'
import { connectHeroku } from '../heroku/connect.ts'
import { postgresInfo, redisVersion } from '../heroku/data.ts'
import { patience } from '../heroku/patience.ts'
import { age } from '../terminal/units.ts'
import { backupExtensions } from './extensions.ts'
import { keep, makeParityFolder, recallJson } from './folder.ts'
import type { AddonFacts } from './recipe.ts'

/** The add-ons of production, as they were seen at some time. */
export type Production = {
  readonly app: string
  readonly addons: readonly AddonFacts[]
  /** What to tell about how they were seen: they are remembered, or something could not be. */
  readonly notes: readonly string[]
}

type Remembered = { readonly app: string; readonly at: string; readonly addons: readonly AddonFacts[] }

const file = 'production.json'

/**
 * The add-ons of production. Where Heroku cannot be asked, or with `offline`, they are those of the last time, if there was one.
 * Throws a usage error without an environment `production`.
 */
export async function readProduction(project: Project, offline: boolean): Promise<Production> {
  const environment = findEnvironment(project, 'production')
  if (environment.kind !== 'heroku')
    throw usageError(
      '`production` is not an app on Heroku',
      '`parity environments` lists the apps; `heroku git:remote --app APP --remote production` adds one',
    )
  const { app } = environment
  const remembered = (await recallJson(project.root, file)) as Remembered | undefined
  const known = remembered?.app === app && Array.isArray(remembered.addons) ? remembered : undefined
  if (offline) {
    if (known === undefined)
      throw usageError('production was not asked for its add-ons yet', '`development services` asks it')
    return recalled(known, project.ambient.now)
  }
  try {
    return { app, ...(await ask(project, app)) }
  } catch (error) {
    if (!(error instanceof ParityError) || known === undefined) throw error
    const { notes, ...rest } = recalled(known, project.ambient.now)
    return { ...rest, notes: [`Heroku cannot be asked: ${error.message}`, ...notes] }
  }
}

/** Keeps what was seen, so that the services start without Heroku too. */
export async function rememberProduction({ root, ambient }: Project, { app, addons }: Production): Promise<void> {
  await makeParityFolder(root)
  const remembered: Remembered = { app, at: ambient.now.toISOString(), addons }
  await keep(root, file, remembered)
}

function recalled({ app, at, addons }: Remembered, now: Date): Production {
  return { app, addons, notes: [`the add-ons of ${app} are those of ${age(new Date(at), now)} ago`] }
}

async function ask(project: Project, app: string): Promise<Pick<Production, 'addons' | 'notes'>> {
  const { env } = project.ambient
  const signal = patience(project.configuration.check?.timeout)
  const api = connectHeroku(env, signal)
  const addons = await attachedAddons(api, app)
  const notes: string[] = []
  const facts = await Promise.all(
    addons.map(async (addon): Promise<AddonFacts> => {
      if (addon.service === 'heroku-redis') return { ...addon, version: await redisVersion(api, addon.name) }
      if (addon.service !== 'heroku-postgresql') return addon
      const seen = { ...addon, ...(await postgresInfo(api, { id: addon.name, plan: addon.plan })) }
      if (!addon.attachments.includes('DATABASE')) return seen
      const extensions = await backupExtensions(api, app, 'production backup', signal, env).catch((error) => {
        if (!(error instanceof ParityError)) throw error
        notes.push(`the extensions of ${app} cannot be seen: ${error.message}`)
        return undefined
      })
      return { ...seen, extensions }
    }),
  )
  return { addons: facts, notes }
}
