import { readFileSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { isManaged, placeAt } from '../links/inspect.ts'
import { lookup } from '../run/lookup.ts'
import type { Copy } from './facts.ts'

/** The programs of this name on PATH, in its order, each installation once; links of `parity link` lead to one of them. */
export function copiesOf(name: string, path: string): Copy[] {
  const found = path
    .split(delimiter)
    .filter((folder) => folder.startsWith('/'))
    .flatMap((folder) => lookup(join(folder, name)) ?? [])
    .filter((file) => placeAt(file) !== 'ours')
  const real = found.map((file) => realpathSync(file))
  return found.filter((_, at) => real.indexOf(real[at] ?? '') === at).map((path) => ({ path, kind: kindOf(path) }))
}

/** By what it holds: our bin, a launcher of it by pnpm or yarn, a stub by RubyGems. A version manager's launcher says nothing of what it starts. */
function kindOf(path: string): Copy['kind'] {
  const text = readFileSync(path, 'latin1').slice(0, 4096)
  if (/dist\/start\.cjs|heroku-parity|exec .*\/bin\/(production|staging|development|pr_app|parity)\.cjs/.test(text))
    return 'parity'
  if (/^#!.*\bruby/.test(text)) return /parity/.test(text) ? 'gem' : 'other'
  return isManaged(dirname(path)) && !/^\/(usr\/)?s?bin$/.test(dirname(path)) ? 'parity' : 'other'
}
