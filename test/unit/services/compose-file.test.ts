import { chmodSync, lstatSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { composeFile, replaceFile } from '../../../src/services/compose/file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'compose-file-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('the file is the one that Compose would take', async () => {
  expect(await composeFile(folder)).toEqual({ name: 'compose.yaml', text: undefined })
  for (const name of ['docker-compose.yaml', 'docker-compose.yml', 'compose.yml', 'compose.yaml']) {
    writeFileSync(join(folder, name), `# ${name}\n`)
    expect(await composeFile(folder)).toEqual({ name, text: `# ${name}\n` })
  }
})

test('a link stays a link, and a file is for those to read that it was for', async () => {
  const file = join(folder, 'of-all.yaml')
  writeFileSync(file, 'old')
  chmodSync(file, 0o640)
  symlinkSync(file, join(folder, 'compose.yaml'))
  await replaceFile(join(folder, 'compose.yaml'), 'new')
  expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual(['new', 0o640])
  expect(lstatSync(join(folder, 'compose.yaml')).isSymbolicLink()).toBe(true)
})
