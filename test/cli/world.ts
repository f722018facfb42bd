import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One run of a recording program. */
export type RecordedCall = {
  readonly program: string
  readonly args: readonly string[]
  readonly folder: string
  /** What the program got of the variables that matter here. */
  readonly env: Readonly<Record<string, string>>
}

/** What a recording program does when it is run: nothing and 0, unless said. */
export type Script = {
  readonly status?: number
  readonly signal?: NodeJS.Signals
  readonly stdout?: string
  readonly stderr?: string
}

export type Ended = {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly calls: readonly RecordedCall[]
}

export type RunOptions = {
  readonly folder?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly input?: string
  /** In a group of its own, as a shell starts it: a Ctrl-C reaches that one. */
  readonly ownGroup?: boolean
  /** The Node that runs the bin; ours unless said. */
  readonly node?: string
}

/** The file of a built bin. */
export function fileOf(bin: string): string {
  return fileURLToPath(new URL(`../../bin/${bin}.cjs`, import.meta.url))
}

/**
 * A temporary machine: a PATH that holds nothing but recording programs (and those real ones that are asked for), an empty HOME,
 * a project folder. Every program that the product may call has to be recorded, scripted or real; any other is not found.
 */
export class World {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'parity-cli-')))
  readonly bin = this.#make('bin')
  readonly home = this.#make('home')
  readonly project = this.#make('project')
  readonly #calls = this.#make('calls')

  /** Puts a recording program on PATH; `scripts` are what it does the first time, the second …; the last one from then on. */
  record(program: string, ...scripts: Script[]): this {
    rmSync(join(this.#calls, `.${program}`), { force: true })
    return this.program(program, recorder(program, this.#calls, scripts.length > 0 ? scripts : [{}]))
  }

  /** Puts a program of the test's own on PATH, or into another folder. */
  program(name: string, text: string, folder = this.bin): this {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), 0o755)
    return this
  }

  /** Puts a link to a real file on PATH. */
  link(name: string, file: string): this {
    symlinkSync(realpathSync(file), join(this.bin, name))
    return this
  }

  /** Puts a real program on PATH, found on the PATH of the tests. */
  real(program: string): this {
    const found = (process.env.PATH ?? '')
      .split(':')
      .map((folder) => join(folder, program))
      .find(existsSync)
    if (!found) throw new Error(`these tests need ${program}`)
    return this.link(program, found)
  }

  /** Writes a file of the project, with the folders it is in. */
  write(path: string, text: string): this {
    const file = join(this.project, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return this
  }

  /** A `.git` folder with these remotes, and real git on PATH to read them. */
  repository(remotes: Readonly<Record<string, string>> = {}): this {
    if (!existsSync(join(this.bin, 'git'))) this.real('git')
    const sections = Object.entries(remotes).map(
      ([name, url]) => `[remote "${name}"]\n\turl = ${url}\n\tfetch = +refs/heads/*:refs/remotes/${name}/*\n`,
    )
    mkdirSync(join(this.project, '.git', 'objects'), { recursive: true })
    mkdirSync(join(this.project, '.git', 'refs', 'heads'), { recursive: true })
    writeFileSync(join(this.project, '.git', 'HEAD'), 'ref: refs/heads/main\n')
    writeFileSync(join(this.project, '.git', 'config'), `[core]\n\trepositoryformatversion = 0\n${sections.join('')}`)
    return this
  }

  /** The whole environment of a run: nothing of the tests' own. */
  environment(more: RunOptions['env'] = {}): Record<string, string> {
    const all = { PATH: this.bin, HOME: this.home, TERM: 'dumb', LANG: 'C.UTF-8', ...more }
    return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined))
  }

  /** Starts a bin (`production`, `parity` …) of the built package. */
  start(
    bin: string,
    args: readonly string[],
    { folder = this.project, env = {}, node = process.execPath, ownGroup = false }: RunOptions = {},
  ): ChildProcess {
    return spawn(node, [fileOf(bin), ...args], {
      cwd: folder,
      env: this.environment(env),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: ownGroup,
    })
  }

  /** Runs a bin to its end, and says how it ended, what it printed and which programs it called. */
  run(bin: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    this.forget()
    const child = this.start(bin, args, options)
    return this.#give(child, options.input ?? '')
  }

  /** Runs any program in the project with the same environment, such as `sh -e` on what a dry run printed. */
  runProgram(file: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    this.forget()
    const child = spawn(file, args, {
      cwd: options.folder ?? this.project,
      env: this.environment(options.env),
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    return this.#give(child, options.input ?? '')
  }

  #give(child: ChildProcess, input: string): Promise<Ended> {
    child.stdin?.on('error', () => {}).end(input) // a program may well end without reading
    return this.ended(child)
  }

  /** How a program that was started ends. */
  ended(child: ChildProcess): Promise<Ended> {
    let [stdout, stderr] = ['', '']
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr, calls: this.calls() }))
    })
  }

  /** The calls recorded since the last `run`. */
  calls(): RecordedCall[] {
    return this.#recorded()
      .sort((one, other) => Number(one.at - other.at))
      .flatMap(({ file }) => callIn(readFileSync(file, 'utf8')))
  }

  forget(): void {
    for (const { file } of this.#recorded()) rmSync(file)
  }

  /** The files of the calls, and when each was written (ns). */
  #recorded(): { file: string; at: bigint }[] {
    const names = readdirSync(this.#calls).filter((name) => !name.startsWith('.'))
    const files = names.map((name) => join(this.#calls, name))
    return files.map((file) => ({ file, at: statSync(file, { bigint: true }).mtimeNs }))
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #make(name: string): string {
    const folder = join(this.folder, name)
    mkdirSync(folder, { mode: 0o755 })
    return folder
  }
}

/** The program: notes how it was called, then does what its script says. A shell starts in a hundredth of the time of Node. */
function recorder(program: string, folder: string, scripts: readonly Script[]): string {
  const state = join(folder, `.${program}`)
  const cases = scripts.map((script, index) => `${index === scripts.length - 1 ? '*' : index}) ${acting(script)} ;;`)
  return `#!/bin/sh
{
  printf '%s\\0' ${quoted(program)} "$(pwd -P)" "$#" "$@"
  /usr/bin/env -0
  printf '${end}\\0'
} > ${quoted(folder)}/$$
count=0
read -r count 2> /dev/null < ${quoted(state)}
echo $((count + 1)) > ${quoted(state)}
case $count in
${cases.join('\n')}
esac
`
}

const end = 'end of the call'

/** What a script does, in the words of a shell. */
function acting({ status = 0, signal, stdout, stderr }: Script): string {
  return [
    ...(stdout ? [`printf %s ${quoted(stdout)}`] : []),
    ...(stderr ? [`printf %s ${quoted(stderr)} >&2`] : []),
    ...(signal ? [`kill -${signal.replace('SIG', '')} $$`] : []),
    `exit ${status}`,
  ].join('; ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** The call that a file of a recording program holds; none where it is still being written. */
function callIn(text: string): RecordedCall[] {
  const fields = text.split('\0').slice(0, -1)
  if (fields.at(-1) !== end) return []
  const [program = '', folder = '', count, ...rest] = fields
  const variables = rest.slice(Number(count), -1).map((field): [string, string] => {
    const at = field.indexOf('=')
    return [field.slice(0, at), field.slice(at + 1)]
  })
  const kept = variables.filter(([name]) => /^(PG|PARITY_|DATABASE_URL|NODE_COMPILE_CACHE|HEROKU_)/.test(name))
  return [{ program, args: rest.slice(0, Number(count)), folder, env: Object.fromEntries(kept) }]
}
