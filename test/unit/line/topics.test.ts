import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parseConfiguration } from '../../../src/environments/parse-configuration.ts'
import { asScreen } from '../../../src/line/markdown.ts'
import { topicNames, topicText } from '../../../src/line/topics.ts'

const folder = fileURLToPath(new URL('../../../src/help', import.meta.url))

test('every file of src/help is a topic', () => {
  expect(topicNames(folder)).toEqual(readdirSync(folder).map((file) => file.replace(/\.md$/, '')))
  expect(topicText('nothing', folder)).toBeUndefined()
})

test.each(topicNames(folder))('%s begins with its name and is readable on 80 columns', (name) => {
  const lines = (topicText(name, folder) ?? '').split('\n')
  expect(lines[0]?.toLowerCase()).toMatch(new RegExp(`^${name} — `))
  expect(lines.filter((line) => line.startsWith('|') || line.startsWith('```') || line.startsWith('#'))).toEqual([])
  const prose = lines.filter((line) => !line.startsWith('    '))
  expect(prose.filter((line) => line.length > 84)).toEqual([])
})

test('two columns stand beside each other, three become paragraphs, code keeps its blanks', () => {
  expect(asScreen('# a: b\n\n| x | y |\n|---|---|\n| `one` | 1 |\n| two | 2 |\n')).toBe(
    'A — B\n\n  `one`  1\n  two    2',
  )
  expect(asScreen('| | gem | now |\n|---|---|---|\n| x | a | b |\n')).toBe('  x\n      gem: a\n      now: b')
  expect(asScreen('```yaml\na:\n  b: 1\n```')).toBe('    a:\n      b: 1')
  expect(asScreen('see [this](https://x.test/) and [that](y.md)')).toBe('see this (https://x.test/) and that')
})

/** Lines of the pages that no test runs as they stand, and why. */
const notRun: Readonly<Record<string, string>> = {
  'npm install --global heroku-parity': 'it is not published yet; test/cli/package.test.ts installs the tarball',
  'npm uninstall --global heroku-parity': 'the same',
  'gem uninstall parity       # or: brew uninstall parity': "another program's",
  'bin/rails db:migrate': "the reader's own",
  'development backup before-migration    # a template copy, in seconds': 'test/e2e/snapshots.test.ts, by other names',
  'development restore before-migration   # the same swap, the same undo': 'the same',
  'development backups                    # snapshots and cached dumps': 'the same',
  'production backups                     # the backups on Heroku, with age and size': 'test/cli/gem-bugs.test.ts',
  'development backups:delete before-migration': 'the same',
  'development backups            # what parity keeps in your local server': 'the same',
  'development backups:delete NAME': 'the same',
  'parity cache clear --all       # the downloaded dumps': 'test/cli/cache-command.test.ts',
  'eval "$(parity completion bash)"       # ~/.bashrc': 'test/cli/completion.test.ts, in real shells',
  'eval "$(parity completion zsh)"        # ~/.zshrc, after compinit': 'the same',
  'parity completion fish | source        # ~/.config/fish/config.fish': 'the same',
}

test('every line that the pages let a reader type is run by a test, or has a reason here', () => {
  const pages = [
    ...topicNames(folder).map((name) => readFileSync(`${folder}/${name}.md`, 'utf8')),
    readFileSync(new URL('../../../README.md', import.meta.url), 'utf8'),
  ]
  const lines = pages.flatMap((page) =>
    [...page.matchAll(/^```sh\n([\s\S]*?)\n```$/gm)].flatMap(([, text = '']) => text.split('\n')),
  )
  expect([...new Set(lines)].sort()).toEqual(Object.keys(notRun).sort())
})

test('every piece of configuration that the pages show is one', () => {
  const pages = topicNames(folder).map((name) => readFileSync(`${folder}/${name}.md`, 'utf8'))
  pages.push(readFileSync(new URL('../../../README.md', import.meta.url), 'utf8'))
  const pieces = pages
    .flatMap((page) => [...page.matchAll(/^```yaml\n([\s\S]*?)\n```$/gm)].map(([, text = '']) => text))
    .filter((text) => /^(environments|restore|check|commands|services|development):/m.test(text))
  expect(pieces.length).toBeGreaterThan(5)
  for (const text of pieces) expect(() => parseConfiguration(text, '.parityrc')).not.toThrow()
})
