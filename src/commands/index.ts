import { backup, localBackup } from './backup.ts'
import { backups, deleteBackup } from './backups.ts'
import { cache } from './cache.ts'
import { check } from './check.ts'
import type { Command } from './command.ts'
import { consoleCommand } from './console.ts'
import { deploy } from './deploy.ts'
import { environments } from './environments.ts'
import { migrate } from './migrate.ts'
import { psql } from './psql.ts'
import { restore } from './restore.ts'
import { run } from './run.ts'
import { tail } from './tail.ts'
import { undo } from './undo.ts'

/** Every command of parity's own, in the order of --help. A word that means one thing on Heroku and another here is two of them. */
export const commands: readonly Command[] = [
  consoleCommand,
  run,
  migrate,
  tail,
  psql,
  backup,
  localBackup,
  backups,
  deleteBackup,
  restore,
  undo,
  deploy,
  check,
  environments,
  cache,
]

export type Place = 'heroku' | 'local' | 'parity'

/** Where a command can be typed: on an app, on this machine, or after `parity`. */
export function placesOf(command: Command): readonly Place[] {
  if (command.kind === 'forwarding') return ['heroku']
  return command.where
}

/** The command that `word` names in `place`; `restore_from` is `restore-from`, as in the gem. */
export function findCommand(word: string, place: Place): Command | undefined {
  const name = word.replaceAll('_', '-')
  return commands.find(
    (command) => (command.name === name || command.aliases?.includes(name)) && placesOf(command).includes(place),
  )
}
