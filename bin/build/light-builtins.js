// Node's own modules are asked for by `require`.
//
// `import` of one of them makes a namespace of all that it exports, and reads each for that: `node:fs` so loads its promises and the
// streams behind them, 4 ms on the way of every `production logs` that `require` does not take.

const builtin = 'builtin'

/**
 * The files of a bundle, which copy no names of Node's own modules. For each module that imports one of them, esbuild copies all of its
 * names to an object; an object that inherits them does as well, and 250 of those copies took 2 % of a restore.
 */
export function withoutCopies(files) {
  const made = files.flatMap(({ text }) => [...text.matchAll(/(require_\w+)=__commonJS\(\{"builtin:/g)])
  const names = new Set(made.map(([, name]) => name))
  const light = 'const __light = (module) => Object.create(module, { default: { value: module } });\n'
  return files.map(({ path, text }) => ({
    path,
    text:
      light +
      text.replace(/__toESM\((require_\w+)\(\),1\)/g, (copy, name) => (names.has(name) ? `__light(${name}())` : copy)),
  }))
}

export const lightBuiltins = {
  name: 'light-builtins',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, namespace, kind }) =>
      namespace === builtin || kind === 'dynamic-import' ? { path, external: true } : { path, namespace: builtin },
    )
    build.onLoad({ filter: /.*/, namespace: builtin }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
      loader: 'js',
    }))
  },
}
