import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What only the folder of an application has. */
const marks = ['config/database.yml', '.env', 'Gemfile', 'package.json', 'manage.py', 'mix.exs', 'artisan']

/** The nearest folder that an application is in, from `folder` up to `root`, the repository's; `root` where none is. */
export function applicationFolder(folder: string, root: string): string {
  if (folder === root || dirname(folder) === folder) return root
  return marks.some((mark) => existsSync(join(folder, mark))) ? folder : applicationFolder(dirname(folder), root)
}
