// Of undici only the clients are bundled.
//
// Its index brings fetch, web sockets, caches and mocks along, and on Node 20 has Node's own copy of undici loaded too: a quarter of
// what a command that asks Heroku loads, and more than half of the size of it. HTTP/2, which we never ask for, loads Node's `http2`.
const parts = `
  Object.assign(require('./lib/dispatcher/dispatcher').prototype, require('./lib/api'))
  exports.Agent = require('./lib/dispatcher/agent')
  exports.Pool = require('./lib/dispatcher/pool')
  exports.ProxyAgent = require('./lib/dispatcher/proxy-agent')
`
const noHttp2 = `module.exports = () => { throw new Error('no HTTP/2 here') }`

export const undiciParts = {
  name: 'undici-parts',
  setup(build) {
    build.onLoad({ filter: /undici\/index\.js$/ }, () => ({ contents: parts, loader: 'js' }))
    build.onLoad({ filter: /undici\/lib\/dispatcher\/client-h2\.js$/ }, () => ({ contents: noHttp2, loader: 'js' }))
    build.onEnd((result) => {
      const rest = Object.keys(result.metafile?.inputs ?? {}).filter((path) =>
        /undici\/lib\/(web\/(cookies|websocket|fetch\/index)|mock|cache)/.test(path),
      )
      if (rest.length > 0)
        return { errors: [{ text: `more of undici is bundled than its clients: ${rest.join(', ')}` }] }
    })
  },
}
