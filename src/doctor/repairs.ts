import { size } from '../terminal/units.ts'
import type { Check } from './checks.ts'
import { type DoctorFacts, isTrouble } from './facts.ts'

/** What `parity doctor --fix` can do: of ours alone, and nothing that could not be had back. */
export type Repair =
  | { readonly kind: 'link'; readonly name: string }
  | { readonly kind: 'init' }
  | { readonly kind: 'private'; readonly path: string }
  | { readonly kind: 'remove parts'; readonly paths: readonly string[]; readonly what: string }

type Looked = Pick<DoctorFacts, 'exposed' | 'staleParts' | 'environments' | 'configuration' | 'inGit'>

/** The repairs of what these facts come to, in the order of the checks; `cache` is the folder that is ours. */
export function planRepairs(facts: Looked, checks: readonly Check[], cache: string): Repair[] {
  const open = new Set(checks.flatMap(({ id, status }) => (status === 'ok' ? [] : [id])))
  const { exposed, staleParts, environments, configuration, inGit } = facts
  const ours = exposed.filter((path) => path === cache || path.startsWith(`${cache}/`))
  const parts = isTrouble(staleParts) ? [] : staleParts
  const isFirst = open.has('environments') && configuration.file === undefined && inGit
  return [
    ...ours.map((path) => ({ kind: 'private' as const, path })),
    ...(parts.length === 0
      ? []
      : [{ kind: 'remove parts' as const, paths: parts.map(({ path }) => path), what: partsInWords(parts) }]),
    ...(isFirst ? [{ kind: 'init' as const }] : []),
    ...environments.filter(({ name }) => open.has(`word.${name}`)).map(({ name }) => ({ kind: 'link' as const, name })),
  ]
}

/** `2 unfinished downloads, 14 MB`. */
export function partsInWords(parts: readonly { readonly bytes: number }[]): string {
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  return `${parts.length} unfinished download${parts.length === 1 ? '' : 's'}, ${size(bytes)}`
}
