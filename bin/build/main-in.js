import { relative } from 'node:path'

/** The plugin by which `start` loads `main` straight from the chunk of `product`, another build, that holds its code. */
export function mainIn({ metafile }) {
  const [chunk] = Object.entries(metafile.outputs).find(([, { inputs }]) => 'src/main.ts' in inputs)
  return {
    name: 'main-in',
    setup(build) {
      build.onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: `./${relative('dist', chunk)}`, external: true }))
    },
  }
}
