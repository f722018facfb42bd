import { chmod, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failure } from '../../errors.ts'

/** The names by which Compose finds its file, in its order. https://docs.docker.com/compose/intro/compose-application-model/#the-compose-file */
const names = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']

/** The file that Compose would take, or would be made. */
type ComposeFile = { readonly name: string; readonly text: string | undefined }

/** The Compose file in a folder: the one that Compose would take; `compose.yaml` without a text where there is none. */
export async function composeFile(root: string): Promise<ComposeFile> {
  for (const name of names) {
    const text = await readFile(join(root, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw failure(`\`${name}\` cannot be read: ${error.message}`, 'fix or remove it')
    })
    if (text !== undefined) return { name, text }
  }
  return { name: 'compose.yaml', text: undefined }
}

/** Puts a text into a file of the project, all of it or nothing; a link stays one, and who may read the file stays as it is. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const whole = await realpath(file).catch(() => file)
  const mode = await stat(whole).then(
    (facts) => facts.mode & 0o777,
    () => undefined,
  )
  await writeFile(`${whole}.parity`, text)
  if (mode !== undefined) await chmod(`${whole}.parity`, mode)
  await rename(`${whole}.parity`, whole)
}
