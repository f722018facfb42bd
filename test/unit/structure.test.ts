import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const source = join(root, 'src')

/** One import of a file of ours: `to` is another one, by its path in src/, or a module's name. */
type Import = {
  readonly from: string
  readonly to: string
  readonly kind: 'static' | 'dynamic'
  readonly typeOnly: boolean
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.d.ts'),
)
const texts = new Map(files.map((file) => [file, readFileSync(join(source, file), 'utf8')]))
const imports = [...texts].flatMap(([file, text]) => importsOf(file, text))

function importsOf(file: string, text: string): Import[] {
  const declared = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:([^'";]*?)\s+from\s+)?'([^']+)'/gm)
  const loaded = text.matchAll(/(?<!typeof )\b(?:import|require)\(\s*'([^']+)'|createRequire\([^)]*\)\('([^']+)'/g)
  return [
    ...[...declared].map(([, type, names = '', to = '']) => ({
      from: file,
      to: resolved(file, to),
      kind: 'static' as const,
      typeOnly: type !== undefined || /^\{\s*(type\s+\w+(\s+as\s+\w+)?\s*,?\s*)+\}$/.test(names),
    })),
    ...[...loaded].map(([, one, other]) => ({
      from: file,
      to: resolved(file, one ?? other ?? ''),
      kind: 'dynamic' as const,
      typeOnly: false,
    })),
  ]
}

function resolved(file: string, to: string): string {
  return to.startsWith('.') ? relative(source, join(source, dirname(file), to)) : to
}

const isOurs = (to: string) => texts.has(to)
const isBuiltin = (to: string) => to.startsWith('node:') || builtinModules.includes(to)

/** The folder of a file in src/, or the file itself where it lies at the top. */
function layer(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : file.replace('.ts', '')
}

test('there is something to look at, and it is understood', () => {
  expect(files.length).toBeGreaterThan(50)
  expect(imports.filter(({ to }) => to.startsWith('.') || (to.endsWith('.ts') && !isOurs(to)))).toEqual([])
  expect(imports).toContainEqual({ from: 'start.ts', to: 'main.ts', kind: 'dynamic', typeOnly: false })
  expect(imports).toContainEqual({
    from: 'commands/backup.ts',
    to: 'line/command.ts',
    kind: 'static',
    typeOnly: true,
  })
  // Every word `from '…'` of the text was seen as an import.
  for (const [file, text] of texts) {
    const words = [...text.matchAll(/ from '([^']+)'$/gm)].length
    const seen = imports.filter(({ from, kind }) => from === file && kind === 'static').length
    expect([file, seen]).toEqual([file, words])
  }
})

/** Which layer may import which: downwards only. `terminal` is for what a person watches. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  start: ['shortcut', 'main', 'run'],
  shortcut: ['passthrough', 'environments', 'git', 'run'],
  main: ['dispatch', 'run', 'terminal', 'errors'],
  dispatch: [
    ...['commands', 'line', 'links', 'passthrough', 'restore', 'dumps', 'environments', 'run', 'terminal', 'errors'],
  ],
  commands: [
    ...['line', 'doctor', 'links', 'restore', 'deploy', 'check', 'services', 'databases', 'dumps'],
    ...['postgres', 'passthrough', 'rehearse'],
    ...['environments', 'heroku', 'run', 'terminal', 'errors'],
  ],
  line: ['environments', 'run', 'errors', 'terminal'],
  restore: [...['dumps', 'databases', 'environments', 'heroku', 'git', 'postgres', 'run', 'terminal', 'errors']],
  rehearse: [...['restore', 'services', 'dumps', 'environments', 'heroku', 'postgres', 'run', 'terminal', 'errors']],
  check: ['services', 'target', 'environments', 'heroku', 'git', 'postgres', 'run', 'terminal', 'errors'],
  services: ['target', 'environments', 'heroku', 'postgres', 'run', 'terminal', 'errors'],
  doctor: ['links', 'services', 'dumps', 'target', 'environments', 'heroku', 'postgres', 'run', 'terminal', 'errors'],
  links: ['environments', 'run', 'errors'],
  deploy: ['check', 'environments', 'git', 'heroku', 'run', 'terminal', 'errors'],
  databases: ['services', 'dumps', 'target', 'environments', 'postgres', 'run', 'terminal', 'errors'],
  dumps: ['heroku', 'postgres', 'run', 'terminal', 'errors'],
  target: ['postgres', 'run', 'terminal', 'errors'],
  passthrough: ['run', 'errors'],
  environments: ['passthrough', 'heroku', 'git', 'run', 'errors'],
  heroku: ['run', 'terminal', 'errors'],
  git: ['run', 'errors'],
  postgres: ['run', 'terminal', 'errors'],
  run: ['terminal', 'errors'],
  terminal: [],
  errors: [],
}

describe('imports point downwards', () => {
  test.each([...new Set(files.map(layer))])('from %s', (name) => {
    const wrong = imports.filter(
      ({ from, to }) =>
        layer(from) === name && isOurs(to) && layer(to) !== name && !mayImport[name]?.includes(layer(to)),
    )
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([])
  })

  test('and each permission is used', () => {
    const used = new Set(imports.filter(({ to }) => isOurs(to)).map(({ from, to }) => `${layer(from)} → ${layer(to)}`))
    const unused = Object.entries(mayImport).flatMap(([name, others]) =>
      others.map((other) => `${name} → ${other}`).filter((line) => !used.has(line)),
    )
    expect(unused).toEqual([])
  })
})

test('no file imports itself by way of others', () => {
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (done.has(file) || path.includes(file)) return
    for (const { from, to } of imports) if (from === file && isOurs(to)) visit(to, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  expect(cycles).toEqual([])
})

test('no file hands on what another one exports', () => {
  const handed = [...texts].flatMap(([file, text]) => {
    const names = [...text.matchAll(/^import\s+(?:type\s+)?\{([^}]*)\}/gm)]
      .flatMap(([, list = '']) => list.split(','))
      .map((name) =>
        name
          .trim()
          .replace(/^type\s+/, '')
          .split(/\s+as\s+/)
          .at(-1),
      )
    const exported = [...text.matchAll(/^export\s+(?:type\s+)?\{([^}]*)\}/gm)].flatMap(([, list = '']) =>
      list.split(','),
    )
    const again = exported.map((name) => name.trim()).filter((name) => names.includes(name))
    return /^export\b[^'\n]*\bfrom\s+'/m.test(text)
      ? [`${file}: export … from`]
      : again.map((name) => `${file}: ${name}`)
  })
  expect(handed).toEqual([])
})

/** Everything that is loaded together with `file`. */
function loadedWith(file: string): Set<string> {
  const found = new Set<string>()
  const visit = (name: string): void => {
    if (found.has(name)) return
    found.add(name)
    for (const { from, to, kind, typeOnly } of imports) if (from === name && kind === 'static' && !typeOnly) visit(to)
  }
  visit(file)
  return found
}

/** What starts programs, and what alone would take a tenth of a start. */
const tooHeavy = [
  'node:child_process',
  'child_process',
  'execa',
  'run/execute.ts',
  'run/steps.ts',
  'run/wait.ts',
  'run/replace.ts',
  'run/capture.ts',
  'node:crypto',
]

test.each(
  files.filter((file) => layer(file) === 'commands'),
)('the plan in %s is loaded without anything that spawns, or is slow to load', (file) => {
  const loaded = loadedWith(file)
  expect(loaded.size).toBeGreaterThan(0)
  expect(tooHeavy.filter((name) => loaded.has(name))).toEqual([])
})

test('programs are started in run/ only', () => {
  const starting = imports.filter(({ to, typeOnly }) => !typeOnly && ['node:child_process', 'execa'].includes(to))
  const loading = [...texts].filter(([, text]) => /createRequire\(.*\)\('node:child_process'\)/.test(text))
  const files = [...new Set([...starting.map(({ from }) => from), ...loading.map(([file]) => file)])].sort()
  // execa, but for what runs with our terminal or has to be known at once: both are of the way that a start takes.
  expect(files).toEqual(['run/capture-now.ts', 'run/child.ts', 'run/wait.ts'])
})

test('variables, clock, working directory and home folder are read in one file', () => {
  const reading = [...texts].filter(([, text]) =>
    /\bprocess\.(env|cwd)\b|\bhomedir\(|\bnew Date\(\)/.test(text.replaceAll(/^\s*(\*|\/\*\*|\/\/).*$/gm, '')),
  )
  // An event bears the time at which it is told.
  expect(reading.map(([file]) => file)).toEqual(['run/ambient.ts', 'terminal/events.ts'])
})

test('a name that is exported is used by another file', () => {
  const used = new Set<string>()
  for (const [file, text] of texts) {
    for (const [, names = '', from = ''] of text.matchAll(/^import (?:type )?\{([^}]*)\} from '(\.[^']+)'/gm))
      for (const name of names.split(','))
        used.add(`${resolved(file, from)} ${name.trim().replace(/^type | as .*/g, '')}`)
    // What a file that is loaded late or as a whole is asked for stands anywhere.
    const whole = [...text.matchAll(/^import \* as \w+ from '([^']+)'/gm)].map(([, from = '']) => resolved(file, from))
    const late = imports.filter(({ from, kind }) => from === file && kind === 'dynamic').map(({ to }) => to)
    for (const to of [...whole, ...late]) for (const [name] of text.matchAll(/\w+/g)) used.add(`${to} ${name}`)
  }
  const exported = [...texts].flatMap(([file, text]) =>
    [...text.matchAll(/^export (?:async )?(?:function\*?|const|let|class|type) (\w+)/gm)].map(
      ([, name]) => `${file} ${name}`,
    ),
  )
  expect(exported.length).toBeGreaterThan(400)
  // The bins call it.
  expect(exported.filter((name) => !used.has(name))).toEqual(['start.ts start'])
})

test('each third-party package is named in one place, but for three', () => {
  const places = new Map<string, Set<string>>()
  for (const { from, to } of imports) {
    if (isOurs(to) || isBuiltin(to)) continue
    places.set(to, (places.get(to) ?? new Set()).add(from))
  }
  expect(places.size).toBeGreaterThan(8)
  const several = [...places].filter(([, from]) => from.size > 1)
  expect(Object.fromEntries(several.map(([name, from]) => [name, [...from].sort()]))).toEqual({
    // What reads options also prints them.
    commander: ['line/help.ts', 'line/parse.ts'],
    // The definition, and its use.
    // The configuration's reader, and its schema in three files.
    valibot: [
      'environments/parse-configuration.ts',
      'environments/schema-environment.ts',
      'environments/schema-values.ts',
      'environments/schema.ts',
    ],
    // Our own file, Rails', which is of another dialect, those of containers and CI, whatever theirs, and Compose's to be edited.
    yaml: [
      'environments/parse-configuration.ts',
      'services/compose/edit.ts',
      'services/compose/yaml-places.ts',
      'services/images.ts',
      'target/ruby-yaml.ts',
    ],
  })
})

test('every package that is named is one of package.json', () => {
  const { devDependencies, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const named = new Set(imports.map(({ to }) => to).filter((to) => !isOurs(to) && !isBuiltin(to)))
  expect([...named].filter((name) => !(name in devDependencies))).toEqual([])
  expect(dependencies, 'all of them are bundled').toBeUndefined()
})

test('nobody ends the process but by its status', () => {
  const ending = [...texts].filter(([, text]) => /\bprocess\.(exit|abort|reallyExit)\b(?!Code)/.test(text))
  expect(ending.map(([file]) => file)).toEqual([])
})

test('no shell is asked to read a line', () => {
  const shells = [...texts].filter(([, text]) =>
    /\bshell:|\bexecSync\b|\bexec\(|\b(ba)?sh', \['-c'/.test(text.replaceAll(/\.exec\(/g, '')),
  )
  expect(shells.map(([file]) => file)).toEqual([])
})

test('a bin is two lines, and says which environment it means', () => {
  const bins = readdirSync(join(root, 'bin'))
    .filter((file) => file.endsWith('.cjs'))
    .sort()
  expect(bins).toEqual(['development.cjs', 'parity.cjs', 'pr_app.cjs', 'production.cjs', 'staging.cjs'])
  for (const bin of bins) {
    const name = bin === 'parity.cjs' ? '' : `'${bin.replace('.cjs', '')}'`
    const text = `#!/usr/bin/env node\nrequire('../dist/start.cjs').start(${name})\n`
    expect(readFileSync(join(root, 'bin', bin), 'utf8')).toBe(text)
  }
})
