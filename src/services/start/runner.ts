import { join } from 'node:path'
import { usageError } from '../../errors.ts'
import { type Call, call } from '../../run/call.ts'
import { shellWord } from '../../run/print.ts'
import { splitWords } from '../../run/split-words.ts'

/** What is in the project, of what could run it. */
export type RunnerFacts = {
  readonly root: string
  /** `development.start` of the configuration, and the name of that file. */
  readonly configured: string | readonly string[] | undefined
  readonly file: string | undefined
  readonly hasBinDev: boolean
  /** The first of Procfile.dev and Procfile. */
  readonly procfile: { readonly name: string; readonly text: string } | undefined
}

/** What runs the project: its own program, or `heroku local` with a Procfile that is written for it. */
export type Runner = {
  /** What named it, for people. */
  readonly origin: string
  readonly call: Call
  /** Name → text, in the folder of the run. */
  readonly files: Readonly<Record<string, string>>
  /** Whether its processes write their statuses. */
  readonly tellsStatuses: boolean
}

/**
 * What runs the process types (all but `release` where none is named) of the project, with `folder` for what is written. The variables of
 * services are in the file `variables` there. Throws a usage error where there is nothing to run, or no such type.
 */
export function chooseRunner(facts: RunnerFacts, types: readonly string[], folder: string, variables: string): Runner {
  const { root, configured, file = '.parityrc', hasBinDev, procfile } = facts
  if (configured !== undefined) {
    const [program = '', ...args] = splitWords(configured, `${file}: development.start`)
    return own(`development.start in ${file}`, { ...call(program, ...args, ...types), folder: root })
  }
  if (hasBinDev) return own('bin/dev', { ...call(join(root, 'bin/dev'), ...types), folder: root })
  if (procfile === undefined)
    throw usageError(
      'there is no bin/dev, Procfile.dev or Procfile to run',
      'add one, or `development: { start: COMMAND }` to the configuration',
    )
  const commands = processTypes(procfile.text)
  const chosen = types.length > 0 ? types : [...commands.keys()].filter((type) => type !== 'release')
  for (const type of chosen) if (!commands.has(type)) throw unknownType(type, procfile.name, [...commands.keys()])
  return { ...localRunner(root, chosen, commands, folder, variables), origin: procfile.name }
}

/** Process type → command, of a Procfile. https://devcenter.heroku.com/articles/procfile#procfile-format */
function processTypes(text: string): Map<string, string> {
  const lines = text.split(/\r?\n/).map((line) => /^\s*([A-Za-z0-9_-]+):\s*(\S.*?)\s*$/.exec(line))
  return new Map(lines.flatMap((match) => (match?.[1] && match[2] ? [[match[1], match[2]] as const] : [])))
}

function own(origin: string, runnerCall: Call): Runner {
  return { origin, call: runnerCall, files: {}, tellsStatuses: false }
}

/**
 * `heroku local` does not say how its processes ended, so each is run by a script that does. Its `.env` counts more than its environment,
 * so the variables of services are a file too.
 */
function localRunner(
  root: string,
  types: readonly string[],
  commands: ReadonlyMap<string, string>,
  folder: string,
  variables: string,
): Omit<Runner, 'origin'> {
  const scripts = types.map((type) => [`${type}.sh`, `cd ${shellWord(root)} || exit\n${commands.get(type)}\n`] as const)
  const telling = `sh "$1"\nstatus=$?\necho $status > ${shellWord(join(folder, 'statuses'))}/$FOREMAN_WORKER_NAME\nexit $status\n`
  const runs = (type: string) => `sh ${shellWord(join(folder, 'run'))} ${shellWord(join(folder, `${type}.sh`))}`
  const procfile = types.map((type) => `${type}: ${runs(type)}\n`).join('')
  const words = ['--procfile', join(folder, 'Procfile'), '--env', `.env,${variables}`, types.join(',')]
  return {
    call: { ...call('heroku', 'local', ...words), folder: root },
    files: { ...Object.fromEntries(scripts), run: telling, Procfile: procfile },
    tellsStatuses: true,
  }
}

function unknownType(type: string, name: string, known: readonly string[]) {
  return usageError(`${name} has no process type \`${type}\``, `it has: ${known.join(', ')}`)
}
