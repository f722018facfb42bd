// Bundles src/ into dist/ (what is shipped) and the sandbox and benchmarks into test/dist/ (what is not).
import { createHash } from 'node:crypto'
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { dataOnlyCosmiconfig } from './data-only-cosmiconfig.js'
import { lightBuiltins, withoutCopies } from './light-builtins.js'
import { mainIn } from './main-in.js'
import { oneCommonChunk } from './one-common-chunk.js'
import { undiciParts } from './undici-parts.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { version } = JSON.parse(await readFile(`${root}package.json`, 'utf8'))

/** Options of every bundle. Dependencies written in CommonJS ask for `require`, which a module has to make itself. */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
  metafile: true,
  // On Node 20 pg makes a `Response` to find out whether it runs at Cloudflare, and loads all of fetch for that: 25 ms.
  define: {
    PARITY_VERSION: JSON.stringify(version),
    PARITY_PROGRAM: JSON.stringify(await hashOfSources()),
    Response: 'undefined',
  },
  banner: {
    js: `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);`,
  },
  external: ['pg-native', '@lydell/node-pty'],
  plugins: [dataOnlyCosmiconfig],
}

const shipped = {
  ...common,
  outdir: 'dist',
  minifySyntax: true,
  minifyWhitespace: true,
  plugins: [...common.plugins, lightBuiltins, undiciParts],
}

const names = 'chunks/[name]-[hash]'
const main = { ...shipped, entryPoints: ['src/main.ts'], entryNames: names, chunkNames: names, splitting: true }

await Promise.all(['dist', 'test/dist'].map((folder) => rm(root + folder, { recursive: true, force: true })))

const product = await build({
  ...main,
  plugins: [...main.plugins, await oneCommonChunk(main, 'src/dispatch/dispatch.ts')],
  write: false,
})
await mkdir(`${root}dist/chunks`, { recursive: true })
for (const { path, text } of withoutCopies(product.outputFiles)) await writeFile(path, text)
// CommonJS, and a bundle of its own that shares no chunk: to load it takes no turn of the module loader and no second file.
await build({
  ...shipped,
  entryPoints: ['src/start.ts'],
  format: 'cjs',
  banner: {},
  outExtension: { '.js': '.cjs' },
  plugins: [mainIn(product), dataOnlyCosmiconfig],
})
await build({
  ...common,
  entryPoints: {
    sandbox: 'test/sandbox/main.ts',
    bench: 'test/bench/main.ts',
    schema: 'bin/build/json-schema.ts',
  },
  outdir: 'test/dist',
})

await cp(`${root}src/help`, `${root}dist/help`, { recursive: true })
await copyFile(`${root}src/heroku/stop-at-errors.psqlrc`, `${root}dist/stop-at-errors.psqlrc`)

const { jsonSchema } = await import(`${root}test/dist/schema.js`)
await writeFile(`${root}dist/parityrc.schema.json`, `${JSON.stringify(jsonSchema(), null, 2)}\n`)
await writeFile(`${root}dist/third-party-licenses.txt`, await licenses(Object.keys(product.metafile.inputs)))

/** Tells one build of the program from another. */
async function hashOfSources() {
  const names = (await readdir(`${root}src`, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  )
  const hash = createHash('sha256').update(version)
  for (const { parentPath, path, name } of names.sort((a, b) => (a.name < b.name ? -1 : 1)))
    hash.update(name).update(await readFile(join(parentPath ?? path, name)))
  return hash.digest('hex').slice(0, 16)
}

/** The licence texts of the packages that a bundle holds, as their licences ask. */
async function licenses(inputs) {
  const packages = new Set(inputs.map((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]).filter(Boolean))
  const texts = await Promise.all([...packages].sort().map(license))
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}

async function license(name) {
  const folder = `${root}node_modules/${name}/`
  const { version, license } = JSON.parse(await readFile(`${folder}package.json`, 'utf8'))
  for (const file of ['LICENSE', 'LICENSE.md', 'license', 'LICENSE.txt', 'LICENCE']) {
    const text = await readFile(folder + file, 'utf8').catch(() => undefined)
    if (text !== undefined) return `${name} ${version} (${license})\n\n${text.trim()}\n`
  }
  return `${name} ${version} (${license})\n`
}
