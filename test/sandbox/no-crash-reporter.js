// Loaded before the Heroku CLI: `@heroku-cli/command` imports @sentry/node even when telemetry is off; it gets one that does nothing.
import { registerHooks } from 'node:module'

const names = ['init', 'getClient', 'captureException', 'flush']
const source = names.map((name) => `export const ${name} = () => {}`).join('\n')
const url = `data:text/javascript,${encodeURIComponent(source)}`

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@sentry/node' ? { url, shortCircuit: true } : next(specifier, context),
})
