import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { dispatch } from '../../../src/dispatch/dispatch.ts'
import { ParityError } from '../../../src/errors.ts'
import type { Ambient } from '../../../src/run/ambient.ts'
import { splitWords } from '../../../src/run/split-words.ts'

/**
 * The typing mistakes of a day: what was typed, what is said, the second line, and where that leads when it is typed with `--dry-run`.
 * `mistakes.txt` is to be read aloud.
 */
const mistakes = `
development resotre production
development restor production
development restore prodution
development restore developmnet
development restore production b001
development restore production latest
development restore production --job 4
development restore --from production
development restore production --force
development bakup before
development backups delete before
development backups:list
development undo production
development service
development services start
development --prod restore
development ps
development deploy
development rails c
development config
staging restore
staging restore prod
staging restore production -b b001
staging restore production staging
staging deploy main now
staging deploy --force
staging promote production
staging migrate now
staging run
staging run rake stats --exit-code
staging restore production --jobs 4
staging restore backup.dump
production --bogus ps
production ps --app acme-staging
production restore development
parity doctr
parity enviroments
parity environments --jsn
parity environments staging
parity help restor
parity help logs
parity hlep
parity version
parity --verson
parity logs -n 5
parity env
parity restore production
parity deploy
parity diff staging
parity undo
parity prod logs
parity prodction restore staging
parity demo:logs
parity production:ps
parity check stagin
parity check staging prod
parity check --fail-on tool
parity production,stagin ps
parity production,staging deploy
parity all deploy
parity completion
parity completion fsh
parity cache clean
parity cache clear acme-demo
parity cache list
parity init --forse
parity link nosuch
parity orgin ps
pr_app --bogus
`
  .trim()
  .split('\n')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parity-mistakes-'))
  mkdirSync(join(folder, '.git', 'objects'), { recursive: true })
  mkdirSync(join(folder, '.git', 'refs'), { recursive: true })
  writeFileSync(join(folder, '.git', 'HEAD'), 'ref: refs/heads/main\n')
  const remote = (name: string, url: string) => `[remote "${name}"]\n\turl = ${url}\n`
  const heroku = ['production', 'staging'].map((name) => remote(name, `https://git.heroku.com/acme-${name}.git`))
  writeFileSync(join(folder, '.git', 'config'), heroku.join('') + remote('origin', 'git@github.com:acme/app.git'))
  writeFileSync(join(folder, '.parityrc'), 'environments: { demo: acme-demo }\n')
  writeFileSync(join(folder, 'backup.dump'), '')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a line comes to, in this process: its refusal, or the first line that it prints. Nothing runs that is not a dry run. */
async function typed(line: string, dryRun = false): Promise<{ refused?: ParityError; printed: string }> {
  const [bin = '', ...words] = splitWords(line, 'a line')
  const ambient: Ambient = {
    // No login; and for what a second line leads to, a database that does not answer.
    env: {
      ...{ PATH: process.env.PATH, HOME: folder, HEROKU_API_KEY: 'no key' },
      ...(dryRun ? { DATABASE_URL: 'postgres://127.0.0.1:1/acme' } : {}),
    },
    ...{ cache: join(folder, '.cache'), folder, now: new Date(0), hasTerminal: false },
  }
  let printed = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text, ...rest: unknown[]) => {
    printed += text
    const done = rest.at(-1)
    if (typeof done === 'function') done()
    return true
  })
  try {
    await dispatch([...(dryRun ? ['--dry-run'] : []), ...words], bin === 'parity' ? undefined : bin, ambient)
    return { printed: printed.split('\n')[0] ?? '' }
  } catch (error) {
    if (!(error instanceof ParityError)) throw error
    return { refused: error, printed: '' }
  } finally {
    write.mockRestore()
  }
}

/** The first of the second line's own lines that begins with a bin of ours, with words for those that stand for a person's. */
function leads({ hint = '' }: ParityError): string | undefined {
  const line = [...hint.matchAll(/`([^`]+)`/g)]
    .map(([, line = '']) => line)
    .find((line) => /^(parity|development|staging|production|pr_app) /.test(line))
  return line?.replace('COMMAND', 'rake stats').replace('up | down | status | logs | reset | rehearse', 'status')
}

/** Lines that ask git's hosts, or this machine: they are understood by another test. */
const asksOthers = /\b(deploy|diff|check|doctor|pr_app)\b/

const shown = (text: string) => text.replaceAll(folder, 'FOLDER')

test('the typing mistakes of a day lead out', async () => {
  const list: string[] = []
  const nowhere: string[] = []
  for (const mistake of mistakes) {
    const { refused, printed } = await typed(mistake)
    if (refused === undefined) {
      list.push(`${mistake}\n  ${printed}`)
      continue
    }
    const line = leads(refused)
    const next = line === undefined || asksOthers.test(line) ? undefined : await typed(line, true)
    const led = next && (next.refused ? `(${next.refused.status}) ${next.refused.message}` : next.printed)
    list.push(
      shown(
        [mistake, refused.message, refused.hint, ...(line ? [`$ ${line}`, led ?? 'asks others'] : ['-'])].join('\n  '),
      ),
    )
    if (next?.refused?.status === 2) nowhere.push(next.refused.message)
  }
  await expect(`${list.join('\n\n')}\n`).toMatchFileSnapshot('mistakes.txt')
  expect(nowhere).toEqual(['production is protected (it is named production); its database is not overwritten'])
})
