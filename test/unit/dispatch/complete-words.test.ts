import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { completeWords } from '../../../src/dispatch/complete-words.ts'
import { prepareDumpFile, recordDump } from '../../../src/dumps/cache.ts'
import { rememberSnapshots } from '../../../src/restore/snapshots/remembered.ts'
import { writePrivateFile } from '../../../src/run/private-files.ts'

const home = realpathSync(mkdtempSync(join(tmpdir(), 'parity-words-')))
const [cache, project] = [join(home, 'cache'), join(home, 'project')]
const ambient = { env: {}, cache, folder: project, now: new Date(), hasTerminal: false }
mkdirSync(join(project, '.git'), { recursive: true })
writeFileSync(join(project, '.git', 'config'), '[remote "staging"]\n\turl = https://git.heroku.com/acme-staging.git\n')
writeFileSync(
  join(project, '.parityrc'),
  'environments: { production: acme-production, demo: acme-demo }\ncommands: { seed: rake db:seed }\n',
)
afterAll(() => rmSync(home, { recursive: true }))

/** The words that completion offers for a line; the last is the one at the cursor. */
async function words(...line: string[]): Promise<string[]> {
  const rows = (await completeWords(line, ambient)).split('\n')
  return rows.flatMap((row) => row.split('\t')[0] || [])
}

describe('completion offers', () => {
  test.each<[line: string[], offered: string[]]>([
    [['production', 'mig'], ['migrate']],
    [['/usr/bin/production', 'mig'], ['migrate']],
    [
      ['production', 'pg:backups:ca'],
      ['pg:backups:cancel', 'pg:backups:capture'],
    ],
    [['production', '--dry-run', '--config=.parityrc', 'mig'], ['migrate']],
    [['production', 'see'], ['seed']],
    [['development', 'see'], ['seed']],
    [['production', '--d'], ['--dry-run']],
    [['production', '--config', ''], []],
    [
      ['parity', 'de'],
      ['development', 'demo'],
    ],
    [
      ['parity', 'demo', 'maintenance'],
      ['maintenance', 'maintenance:off', 'maintenance:on'],
    ],
    [['parity', 'comp'], ['completion']],
    [
      ['parity', 'completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['parity', 'completion', 'bash', ''], []],
    [
      ['parity', 'check', 'staging', ''],
      ['development', 'production', 'demo'],
    ],
    [
      ['parity', 'check', '--fail-on', ''],
      ['time', 'personnel', 'tools'],
    ],
    [['parity', 'check', '--fail-on', 'time', 'st'], ['staging']],
    [
      ['staging', 'restore', ''],
      ['development', 'production', 'demo'],
    ],
    [['staging', 'restore', '--fresh', 'production', ''], []],
    [
      ['staging', 'restore', '--fr'],
      ['--from-db', '--fresh'],
    ],
    [['staging', 'restore', '--fresh', '--fr'], ['--from-db']],
    [['development', 'restore', '--offl'], ['--offline']],
    [['staging', 'restore', '--offl'], []],
    [['development', 'restore', '--file', ''], []],
    [['development', 'restore', 'production', '--', '--'], []],
    [
      ['development', 'undo', '--d'],
      ['--database', '--db', '--dry-run'],
    ],
    [
      ['staging', 'run', '--'],
      ['--help', '--dry-run'],
    ],
    [['staging', 'run', 'rake', '--'], []],
    [['staging', 'ps:scale', ''], []],
    [['pr_app', '12', 'mig'], ['migrate']],
    [['pr_app', 'feature/login', 'mig'], ['migrate']],
    [
      ['pr_app', 'topic', 'restore', '--fr'],
      ['--from-db', '--fresh'],
    ],
    [['pr_app', 'ps', ''], []],
  ])('%j', async (line, offered) => {
    expect(await words(...line)).toEqual(offered)
  })

  test('are snapshots as they were last seen, and the cached dumps with their age', async () => {
    await rememberSnapshots(cache, project, ['before-migration', "it's"])
    const file = await prepareDumpFile(cache, 'acme-production', 'b007')
    await writePrivateFile(file, 'dump')
    await recordDump(cache, 'acme-production', { id: 'b007', uuid: '1', createdAt: new Date(), sizeBytes: 4 })
    expect(await words('development', 'restore', 'be')).toEqual(['before-migration'])
    expect(await words('development', 'backups:delete', '')).toEqual(['before-migration'])
    expect(await words('development', 'restore', 'production', '--backup', '')).toEqual(['b007'])
    expect(await words('parity', 'cache', '')).toEqual(['clear'])
    expect(await words('parity', 'cache', 'clear', '')).toEqual(['acme-production'])
  })

  test('of Heroku’s commands without a letter are those without a colon', async () => {
    const offered = await words('staging', '')
    expect(offered.slice(0, 3)).toEqual(['console', 'run', 'migrate'])
    expect(offered).toContain('maintenance')
    expect(offered.filter((word) => word.includes(':'))).toEqual([])
    expect(offered.length).toBe(new Set(offered).size)
  })

  test('stay those of parity where the configuration is not finished', async () => {
    const unfinished = join(home, 'unfinished')
    mkdirSync(unfinished)
    writeFileSync(join(unfinished, '.parityrc'), 'environments: [\n')
    const text = await completeWords(['parity', 'en'], { ...ambient, folder: unfinished })
    expect(text).toBe('environments\tlist the environments: name, app, origin, protection')
  })
})
