import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ParityError } from '../../../src/errors.ts'
import { OtherAdapter } from '../../../src/postgres/connection-adapter.ts'
import { readDatabaseYml } from '../../../src/target/database-yml.ts'
import { type Shape, shapes } from './rails-shapes.ts'

/** What Rails says to a shape: where it would connect, another adapter, or the class of an error. */
type Answer = {
  readonly connection?: Readonly<Record<string, string>>
  readonly adapter?: string
  readonly error?: string
}

type Answers = { readonly versions: object; readonly answers: Readonly<Record<string, Answer>> }

const file = join(import.meta.dirname, 'rails-answers.json')
const { versions, answers }: Answers = JSON.parse(readFileSync(file, 'utf8'))

/** Where parity gives an answer of its own, and why. */
const apart: Readonly<Record<string, string>> = {
  'shared of three tiers lacking one': 'no Rails starts with it; what stands there names one database only',
  'a url with parameters': 'Rails 6.1 drops the parameters host and port; 7.0 and newer, libpq and others heed them',
  'ERB that fails in another environment':
    'no Rails starts with it where credentials are missing; development does not need it',
}

async function ours({ yml, environment = {}, entry }: Shape): Promise<Answer & { refused?: string }> {
  const name = 'config/database.yml'
  const question = {
    path: `/app/${name}`,
    name,
    text: yml,
    environment,
    entry,
    originOf: (variable: string) => variable,
  }
  try {
    const { connection } = await readDatabaseYml(question, async () => undefined)
    return { connection: Object.fromEntries(Object.entries(connection).map(([key, value]) => [key, String(value)])) }
  } catch (error) {
    if (error instanceof OtherAdapter) return { adapter: error.adapter }
    if (error instanceof ParityError) return { refused: error.message }
    throw error
  }
}

test('names differ', () => expect(new Set(shapes.map(({ name }) => name)).size).toBe(shapes.length))

test.each(shapes)('$name: where Rails would connect, or refused', async (shape) => {
  const answer = await ours(shape)
  if (answer.refused !== undefined) return
  if (shape.name in apart) expect(answer).not.toEqual(answers[shape.name])
  else expect(answer).toEqual(answers[shape.name])
})

test('few are refused that Rails reads', async () => {
  const all = await Promise.all(shapes.map(async (shape) => ({ name: shape.name, ...(await ours(shape)) })))
  const refused = all.filter(({ name, refused }) => refused !== undefined && answers[name]?.connection !== undefined)
  const text = refused.map(({ name, refused }) => `${name}: ${refused}\n`).join('')
  await expect(text).toMatchFileSnapshot(join(import.meta.dirname, 'rails-refused.txt'))
})

const ruby = spawnSync('ruby', [join(import.meta.dirname, 'rails.rb')], {
  input: JSON.stringify(shapes),
  encoding: 'utf8',
})

const here: Answers | undefined = ruby.status === 0 ? JSON.parse(ruby.stdout) : undefined
if (here !== undefined && process.env.PARITY_WRITE_ANSWERS) writeFileSync(file, ruby.stdout)

test.skipIf(JSON.stringify(here?.versions) !== JSON.stringify(versions))('the answers are those of the Ruby here', () =>
  expect(here?.answers).toEqual(answers),
)
