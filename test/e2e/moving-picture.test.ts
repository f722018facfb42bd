import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from '@lydell/node-pty'
import { type IBufferCell, Terminal } from '@xterm/headless'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectRoot } from '../sandbox/project-root.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { drawMovie, type Frame, type Screen, type Span, wordsOf } from './screen.ts'

/** README's moving picture: restore, undo and check, as a terminal of 80 columns shows them in the sandbox. */

const columns = 80
const rows = 30
let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 20_000 })
})
afterAll(() => sandbox.stop())

test('README shows restore, undo and check as they are', async () => {
  const frames: Frame[] = []
  for (const line of ['development restore production', 'development undo', 'parity check'])
    frames.push(...(await played(line)))
  const drawn = general(drawMovie(frames, rows))
  const file = join(projectRoot(), 'test', 'e2e', 'first-minute.svg')
  if (process.env.DRAW) writeFileSync(file, drawn) // `DRAW=1 npx vitest …` after a change of what these commands say
  expect(readFileSync(join(projectRoot(), 'README.md'), 'utf8')).toContain('](test/e2e/first-minute.svg)')
  const shown = readFileSync(file, 'utf8')
  expect(wordsOf(shown)).toHaveLength(3)
  expect(wordsOf(shown).map(stable)).toEqual(wordsOf(drawn).map(stable))
})

/** What a person sees who types a line: it, how the screen changes, and what is left at the end. */
async function played(line: string): Promise<Frame[]> {
  const terminal = new Terminal({ cols: columns, rows: 200, allowProposedApi: true, convertEol: true })
  const write = (text: string) => new Promise<void>((resolve) => terminal.write(text, resolve))
  await write(`$ ${line}\n`)
  const frames: Frame[] = [{ screen: screenOf(terminal), seconds: 1.2 }]
  const env = { ...sandbox.env, TERM: 'xterm-256color', FORCE_COLOR: '1' }
  const pty = spawn('/bin/sh', ['-c', line], { cols: columns, rows: 200, cwd: sandbox.project, env })
  let writing = Promise.resolve()
  pty.onData((data) => {
    writing = writing.then(async () => {
      await write(data)
      const screen = screenOf(terminal)
      if (JSON.stringify(screen) !== JSON.stringify(frames.at(-1)?.screen)) frames.push({ screen, seconds: 0.15 })
    })
  })
  const { exitCode } = await new Promise<{ exitCode: number }>((resolve) => pty.onExit(resolve))
  await writing
  expect([line, exitCode]).toEqual([line, 0])
  const between = frames.slice(1)
  const some = between.filter((_, index) => index % Math.ceil(between.length / 12) === 0)
  return [...frames.slice(0, 1), ...some, { screen: screenOf(terminal), seconds: 4, last: true }]
}

/** The last `rows` lines that have something on them. */
function screenOf({ buffer: { active } }: Terminal): Screen {
  const cell = active.getNullCell()
  const lines = Array.from({ length: active.length }, (_, y) => {
    const line = active.getLine(y)
    const spans: { text: string; styles: readonly string[] }[] = []
    for (let x = 0; x < (line?.length ?? 0); x += 1) {
      if (!line?.getCell(x, cell)) continue
      const styles = stylesOf(cell)
      const last = spans.at(-1)
      if (last && last.styles.join() === styles.join()) last.text += cell.getChars() || ' '
      else spans.push({ text: cell.getChars() || ' ', styles })
    }
    return withoutEnd(spans)
  })
  const filled = lines.findLastIndex((spans) => spans.length > 0) + 1
  return lines.slice(Math.max(0, filled - rows), filled)
}

function stylesOf(cell: IBufferCell): string[] {
  const colours: Readonly<Record<number, string>> = { 1: 'red', 2: 'green', 3: 'yellow', 6: 'cyan' }
  const colour = cell.isFgPalette() ? colours[cell.getFgColor() % 8] : undefined
  return [...(cell.isBold() ? ['bold'] : []), ...(cell.isDim() ? ['dim'] : []), ...(colour ? [colour] : [])]
}

function withoutEnd(spans: readonly Span[]): Span[] {
  const last = spans.at(-1)
  if (last === undefined) return []
  const text = last.text.trimEnd()
  return text === '' ? withoutEnd(spans.slice(0, -1)) : [...spans.slice(0, -1), { ...last, text }]
}

/** What names this machine, as another would show it. */
function general(text: string): string {
  return text
    .replaceAll(`${sandbox.env.HOME}/`, '~/')
    .replaceAll(String(sandbox.local.port), '5432')
    .replace(/Postgres (\d+\.\d+) \([^)]*\)/g, 'Postgres $1')
}

/** What differs from run to run. */
function stable(text: string): string {
  return text
    .replace(/\d+(\.\d+)? (kB|MB|second|hour|minute|ms)s?\b/g, 'N $2')
    .replace(/\b\d+\.\d+\b/g, 'N.N')
    .replace(/\b[0-9a-f]{8}\b/g, 'SHA')
    .replace(/postgresql-(round|[a-z]+)-\d+/g, 'postgresql-NAME')
    .replace(/\s+/g, ' ')
}
