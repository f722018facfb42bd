import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asScreen } from './markdown.ts'

/** The names of the topics of `parity help TOPIC`: the files of src/help, which are shipped beside the bundle. */
export function topicNames(folder = fileURLToPath(new URL('../help', import.meta.url))): string[] {
  return readdirSync(folder).flatMap((file) => (file.endsWith('.md') ? [file.slice(0, -'.md'.length)] : []))
}

/** The text of a topic for a screen of 80 columns; undefined where there is none of that name. */
export function topicText(
  name: string,
  folder = fileURLToPath(new URL('../help', import.meta.url)),
): string | undefined {
  if (!topicNames(folder).includes(name)) return undefined
  return asScreen(readFileSync(join(folder, `${name}.md`), 'utf8'))
}
