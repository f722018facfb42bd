import { expect, test } from 'vitest'
import type { Project } from '../../../src/environments/environments.ts'
import { findEnvironments, meansSeveral } from '../../../src/environments/several.ts'
import { ParityError } from '../../../src/errors.ts'

const project: Project = {
  root: '/project',
  folder: '/project',
  ambient: { env: {}, cache: '/cache', folder: '/project', now: new Date(0), hasTerminal: false },
  inGit: true,
  configuration: { environments: { demo: 'acme-demo', live: 'acme-production' } },
  remotes: () => [
    { name: 'production', url: 'https://git.heroku.com/acme-production.git' },
    { name: 'staging', url: 'https://git.heroku.com/acme-staging.git' },
    { name: 'origin', url: 'https://github.com/acme/acme.git' },
  ],
}

test.each([
  ['all', true],
  ['production,staging', true],
  ['production,', true],
  ['production', false],
])('%s means several: %s', (word, several) => expect(meansSeveral(word)).toBe(several))

const typed = (name: string) => `parity ${name} ps`

test.each([
  ['all', ['demo', 'live', 'staging']],
  ['production,staging', ['production', 'staging']],
  ['staging,production,staging', ['staging', 'production']],
  ['production,live', ['production']],
  ['demo', ['demo']],
])('%s is each app once', (word, names) => {
  expect(findEnvironments(project, word, typed).map(({ name }) => name)).toEqual(names)
})

test('a name that is misspelt keeps the others', () => {
  expect(() => findEnvironments(project, 'production,stagin', typed)).toThrow(
    expect.objectContaining({ hint: '`parity production,staging ps`' }),
  )
})

test.each<[string, Project, string, string]>([
  [
    'production,',
    project,
    'an environment is missing in `production,`',
    'separate the names by commas, without blanks: `parity production,staging ps`',
  ],
  [
    'development,staging',
    project,
    '`development` is this machine: only environments on Heroku can be asked together',
    '`parity all COMMAND` asks all of those',
  ],
  [
    'all',
    { ...project, configuration: {}, remotes: () => [] },
    'there is no environment on Heroku here',
    '`heroku git:remote --app APP --remote production` adds one, or `environments:` in .parityrc',
  ],
])('%s is refused', (word, where, message, hint) => {
  expect(() => findEnvironments(where, word, typed)).toThrow(new ParityError(2, message, hint))
})
