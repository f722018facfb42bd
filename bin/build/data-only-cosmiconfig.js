// cosmiconfig as bundled reads data and never runs code.
//
// On its own cosmiconfig 9 looks in the working directory for a *meta* configuration (`.config/config.{js,ts,cjs,mjs}`,
// `package.json#cosmiconfig`), whatever the caller's search places, and runs it; its default loaders run js and ts; its
// strategy `global` ends in a folder of the user's home. All of that hangs on the one module `defaults.js`, so we bundle
// another in its place: no meta configuration, no global folder, and no default loader (src/environments/configuration.ts brings its own).
const defaults = `
  const none = () => []
  module.exports = {
    metaSearchPlaces: [],
    globalConfigSearchPlaces: [],
    globalConfigSearchPlacesSync: [],
    getDefaultSearchPlaces: none,
    getDefaultSearchPlacesSync: none,
    defaultLoaders: {},
    defaultLoadersSync: {},
  }
`

/** We search synchronously; the other way would load `fs/promises` at every start. */
const noAsyncExplorer = 'exports.Explorer = class {}'

export const dataOnlyCosmiconfig = {
  name: 'data-only-cosmiconfig',
  setup(build) {
    let replaced = false
    build.onLoad({ filter: /cosmiconfig\/dist\/defaults\.js$/ }, () => {
      replaced = true
      return { contents: defaults, loader: 'js' }
    })
    build.onLoad({ filter: /cosmiconfig\/dist\/Explorer\.js$/ }, () => ({ contents: noAsyncExplorer, loader: 'js' }))
    build.onEnd((result) => {
      const inputs = Object.keys(result.metafile?.inputs ?? {})
      const bundled = inputs.some((path) => path.includes('node_modules/cosmiconfig/'))
      const loaders = inputs.filter((path) => /cosmiconfig\/dist\/loaders|import-fresh|js-yaml/.test(path))
      if (bundled && (!replaced || loaders.length > 0)) {
        return { errors: [{ text: `cosmiconfig would run code of the current folder: ${loaders.join(', ')}` }] }
      }
    })
  },
}
