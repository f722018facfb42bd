import { join } from 'node:path'
import type { Project } from '../../environments/environments.ts'
import { failure } from '../../errors.ts'
import type { Prepared } from '../../run/plan.ts'
import { databaseName } from '../native/inspect.ts'
import { isFree, portsFor } from '../native/ports.ts'
import type { Recipe } from '../recipe.ts'
import { type Block, blockOf } from './blocks.ts'
import { editCompose, managedServices } from './edit.ts'
import { composeFile, replaceFile } from './file.ts'

/** `development services --write`: the services of the recipe into the Compose file, if that can be done without touching anything else. */
export async function prepareWrite({ root }: Project, app: string, recipe: Recipe): Promise<Prepared> {
  const { name, text } = await composeFile(root)
  const blocks = await blocksFor(root, app, recipe, text ?? '')
  const edited = editCompose(text, blocks)
  if ('refused' in edited)
    throw failure(`\`${name}\` cannot be edited in place: ${edited.refused}`, `put this into it:\n${pasted(blocks)}`)
  const done = edited.text === text
  return {
    plan: {
      notes: done ? [`${name} is up to date`] : [],
      steps: done
        ? []
        : [{ effect: 'write', description: `write: ${name}: ${blocks.map((block) => block.name).join(', ')}` }],
      cleanup: [],
    },
    handlers: {
      write: () => replaceFile(join(root, name), edited.text),
    },
  }
}

/** A service that is in the file keeps its port there. */
async function blocksFor(root: string, app: string, { services }: Recipe, text: string): Promise<Block[]> {
  const known = new Map(managedServices(text).map(({ name, port }) => [name, port]))
  const blocks: Block[] = []
  const taken = new Set(known.values())
  for (const service of services) {
    const port = known.get(service.name) ?? (await freePort(`${root}/compose/${service.name}`, taken))
    taken.add(port)
    blocks.push(blockOf(service, port, databaseName(app)))
  }
  return blocks
}

async function freePort(folder: string, taken: ReadonlySet<number>): Promise<number> {
  for (const port of portsFor(folder)) if (!taken.has(port) && (await isFree(port))) return port
  throw failure('no port of 127.0.0.1 is free', '`ss --listening --tcp` shows what has them')
}

/** The blocks as a file of their own. */
function pasted(blocks: readonly Block[]): string {
  const edited = editCompose(undefined, blocks)
  return 'text' in edited ? edited.text.trimEnd() : ''
}
