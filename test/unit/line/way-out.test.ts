import { describe, expect, test } from 'vitest'
import { commands } from '../../../src/commands/index.ts'
import type { Configuration } from '../../../src/environments/configuration.ts'
import type { Project } from '../../../src/environments/environments.ts'
import { wayOut } from '../../../src/line/way-out.ts'
import { herokuCommand } from '../../../src/passthrough/passthrough.ts'

function project(names: readonly string[], more: Partial<Project> = {}): Project {
  const configuration: Configuration = {}
  return {
    root: '/project',
    folder: '/project',
    ambient: { env: {}, cache: '/nowhere', folder: '/nowhere', now: new Date(0), hasTerminal: true },
    inGit: true,
    configuration,
    remotes: () => names.map((name) => ({ name, url: `https://git.heroku.com/acme-${name}.git` })),
    ...more,
  }
}

const usual = project(['production', 'staging'])

function said(line: string, where = usual): string[] | undefined {
  const error = wayOut(where, line.split(' ').slice(1), { commands, heroku: herokuCommand })
  return error && [error.message, error.hint ?? '']
}

const needs = (word: string) => `\`${word}\` is a command; an environment comes first`
const meant = (word: string, name: string) => `no environment or command \`${word}\`, did you mean \`${name}\`?`

describe('a line without an environment', () => {
  test.each<[typed: string, message: string, hint: string]>([
    // Commands of ours.
    ['parity restore production', needs('restore'), 'development restore production'],
    ['parity restore', needs('restore'), 'development restore'],
    ['parity restore_from production', needs('restore'), 'development restore production'],
    ['parity undo', needs('undo'), 'development undo'],
    ['parity undo --dry-run', needs('undo'), 'development undo --dry-run'],
    ['parity backup before', needs('backup'), 'development backup before'],
    ['parity backups:delete mine', needs('backups:delete'), 'development backups:delete mine'],
    ['parity deploy topic', needs('deploy'), 'parity staging deploy topic'],
    ['parity console', needs('console'), 'development console'],
    ['parity tail', needs('tail'), 'parity production tail'],
    // Commands of Heroku's.
    ['parity logs', needs('logs'), 'parity production logs'],
    ['parity logs --tail -n 5', needs('logs'), 'parity production logs --tail -n 5'],
    ['parity ps', needs('ps'), 'parity production ps'],
    ['parity config:set A=it%20is', needs('config:set'), 'parity staging config:set A=it%20is'],
    ['parity pg:psql -c select*from', needs('pg:psql'), "parity staging pg:psql -c 'select*from'"],
    ['parity some-plugin:verb', needs('some-plugin:verb'), 'parity staging some-plugin:verb'],
    ['parity whoami', '`whoami` is a command of Heroku that takes no environment', 'heroku whoami'],
    ['parity auth:login', '`auth:login` is a command of Heroku that takes no environment', 'heroku auth:login'],
    // Misspelt.
    ['parity prod logs', meant('prod', 'production'), 'parity production logs'],
    ['parity stag ps', meant('stag', 'staging'), 'parity staging ps'],
    ['parity Production ps', meant('Production', 'production'), 'parity production ps'],
    ['parity stagging', meant('stagging', 'staging'), 'parity staging'],
    ['parity dev restore production', meant('dev', 'development'), 'parity development restore production'],
    ['parity env', meant('env', 'environments'), 'parity environments'],
    ['parity environs --json', meant('environs', 'environments'), 'parity environments --json'],
    ['parity chek --json', meant('chek', 'check'), 'parity check --json'],
    ['parity check-', meant('check-', 'check'), 'parity check'],
    ['parity cahce clear', meant('cahce', 'cache'), 'parity cache clear'],
    ['parity hlep', meant('hlep', 'help'), 'parity help'],
    ['parity pr-app 7 ps', meant('pr-app', 'pr_app'), 'parity pr_app 7 ps'],
    ['parity restor production', meant('restor', 'restore'), 'development restore production'],
    ['parity deplyo', meant('deplyo', 'deploy'), 'parity staging deploy'],
    // Glued.
    [
      'parity production:logs --tail',
      '`production:logs` is not an environment and not a command',
      'parity production logs --tail',
    ],
    ['parity prod:pg:info', '`prod:pg:info` is not an environment and not a command', 'parity production pg:info'],
  ])('%s', (typed, message, hint) => {
    expect(said(typed)).toEqual([message, `\`${hint}\``])
  })

  test.each(['acceptance', 'orgin', 'demo', 'constructor', 'x', ''])('%j can only be an environment', (word) => {
    expect(said(`parity ${word} ps`)).toBeUndefined()
  })
})

test('a protected environment is proposed where there is no other', () => {
  expect(said('parity logs', project(['production']))).toEqual([needs('logs'), '`parity production logs`'])
})

test('where no environment is known, that is what is missing', () => {
  const make = 'a git remote `production` or `environments:` in .parityrc makes one; `parity environments` lists them'
  expect(said('parity logs', project([]))).toEqual([needs('logs'), make])
  const outside = project([], { inGit: false })
  expect(said('parity logs', outside)).toEqual([needs('logs'), 'run this in the repository of the app'])
  expect(said('parity undo', outside)).toEqual([needs('undo'), '`development undo`'])
})
