import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { tidyUpAfterUs } from '../sandbox/clean-up.ts'
import { makeTemplate, templateVariable } from '../sandbox/template.ts'
import { temporaryFolder } from '../sandbox/temporary.ts'

/** Makes, once a run, what every sandbox begins with; returns what removes it. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(temporaryFolder(), 'parity-template-'))
  const tidyUp = tidyUpAfterUs(folder)
  await makeTemplate(folder)
  process.env[templateVariable] = folder
  return tidyUp
}
