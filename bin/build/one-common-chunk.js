// What every start needs comes in one file.
//
// Where modules are loaded on demand, esbuild puts what two of them share into a chunk of its own, by who shares it: a dozen small
// files, each a turn of the module loader, on the way of every command. `main` loads nothing but `dispatch`, and all other modules
// that are loaded on demand are loaded when that is there; so each is told that it needs `dispatch`, and all that they share is one
// chunk with it. Node's own modules, each a line that asks for it, are in that chunk too, instead of in one each.
import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { build } from 'esbuild'

/** The plugin for a build with `options`; a first build in memory tells which modules are loaded on demand. */
export async function oneCommonChunk(options, dispatch) {
  const [main] = options.entryPoints
  const { metafile } = await build({ ...options, write: false })
  const at = (path) => resolve(options.absWorkingDir, path)
  const onDemand = new Set(
    Object.values(metafile.outputs).flatMap(({ entryPoint }) => (entryPoint ? [at(entryPoint)] : [])),
  )
  onDemand.delete(at(main))
  onDemand.delete(at(dispatch))
  const builtins = Object.keys(metafile.inputs).flatMap((input) => input.match(/^builtin:(.*)/)?.[1] ?? [])
  const asking = builtins.map((name) => `() => require(${JSON.stringify(name)})`)
  return {
    name: 'one-common-chunk',
    setup(build) {
      build.onLoad({ filter: /\.[jt]s$/ }, async ({ path }) => {
        const more =
          path === at(dispatch)
            ? `export const builtins = [${asking}]`
            : onDemand.has(path)
              ? `import ${JSON.stringify(at(dispatch))}`
              : undefined
        if (more === undefined) return undefined
        const contents = `${await readFile(path, 'utf8')}\n${more}\n`
        return { contents, loader: extname(path).slice(1) }
      })
    },
  }
}
