// Refuses to publish a package that does not say where it is developed and who is responsible. Run by `npm publish`, before the tests.
import { readFile } from 'node:fs/promises'

const fields = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
const missing = ['repository', 'bugs', 'author'].filter((field) => !fields[field])

if (missing.length > 0) {
  console.error(`package.json has no ${missing.join(', ')}\nadd what is missing, then run \`npm publish\` again`)
  process.exitCode = 1
}
