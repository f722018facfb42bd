import { homedir } from 'node:os'
import { failure } from '../errors.ts'
import { cacheFolder } from './cache-folder.ts'

/** What a run finds around it: read where it begins, and handed down. */
export type Ambient = {
  /** The variables of this process. */
  readonly env: NodeJS.ProcessEnv
  /** The folder of parity's cache. */
  readonly cache: string
  /** The working directory. */
  readonly folder: string
  /** When the run began. */
  readonly now: Date
  /** Whether what is typed comes from a terminal; looked at when first asked for, since that loads a stream. */
  readonly hasTerminal: boolean
}

/** The variables of this process, for what has to know them also where the rest cannot be read. */
export function readVariables(): NodeJS.ProcessEnv {
  return process.env
}

/** Read once for the decisions of a run; what starts a program asks again for the variables that it inherits. */
export function readAmbient(): Ambient {
  return {
    env: readVariables(),
    cache: cacheFolder(readVariables(), homedir()),
    folder: workingFolder(),
    now: new Date(),
    get hasTerminal() {
      return process.stdin.isTTY === true
    },
  }
}

/** Throws a failure where the folder was removed under a shell that is still in it. */
function workingFolder(): string {
  try {
    return process.cwd()
  } catch {
    throw failure('the working directory no longer exists', '`cd` into a folder that does, and run this again')
  }
}
