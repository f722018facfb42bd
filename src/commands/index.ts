import type { Command } from '../line/command.ts'
import { backup } from './backup.ts'
import { backups, deleteBackup } from './backups.ts'
import { cache } from './cache.ts'
import { check } from './check.ts'
import { completion } from './completion.ts'
import { consoleCommand } from './console.ts'
import { deploy } from './deploy.ts'
import { diff } from './diff.ts'
import { doctor } from './doctor.ts'
import { environments } from './environments.ts'
import { init } from './init.ts'
import { link, unlink } from './link.ts'
import { migrate } from './migrate.ts'
import { promote } from './promote.ts'
import { psql } from './psql.ts'
import { restore } from './restore.ts'
import { run } from './run.ts'
import { services } from './services.ts'
import { start } from './start.ts'
import { tail } from './tail.ts'
import { undo } from './undo.ts'

/** Every command of parity's own, in the order of --help. */
export const commands: readonly Command[] = [
  consoleCommand,
  run,
  migrate,
  tail,
  psql,
  backup,
  backups,
  deleteBackup,
  restore,
  undo,
  diff,
  deploy,
  promote,
  services,
  start,
  check,
  environments,
  cache,
  doctor,
  init,
  link,
  unlink,
  completion,
]
