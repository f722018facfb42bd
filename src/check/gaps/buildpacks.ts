import type { AppFacts, Facts } from '../facts.ts'
import type { Finding, Look } from '../findings.ts'
import { inOrder, onEnvironment } from './commands.ts'
import { othersThan } from './reference.ts'
import { base, row } from './shapes.ts'

/** The buildpacks of the apps side by side, in their order. */
export function buildpackLook({ apps }: Facts, reference: AppFacts): Look {
  const wanted = reference.buildpacks
  const findings = othersThan(reference, apps).flatMap((app): Finding[] => {
    if (app.buildpacks === undefined || wanted === undefined || app.buildpacks.join() === wanted.join()) return []
    const command = pinnedNewer(app.buildpacks, wanted)
      ? changingBuildpacks(reference, wanted, app.buildpacks)
      : changingBuildpacks(app, app.buildpacks, wanted)
    return [
      {
        ...base(`buildpacks.${app.name}`, 'gap'),
        says: `${app.name} is built by ${list(app.buildpacks)}, ${reference.name} by ${list(wanted)}`,
        where: { [app.name]: list(app.buildpacks), [reference.name]: list(wanted) },
        command,
      },
    ]
  })
  return {
    rows: [
      row(
        'buildpacks',
        'buildpacks',
        apps.map(({ name, buildpacks }) => [name, buildpacks && list(buildpacks)]),
      ),
    ],
    findings,
  }
}

/**
 * What makes the buildpacks of an app those of another, in their order. Where only the pinned versions differ, each is set where it
 * stands; else the list is written anew.
 */
function changingBuildpacks(app: AppFacts, has: readonly string[], wanted: readonly string[]): string {
  const positions = wanted.flatMap((buildpack, at) => (buildpack === has[at] ? [] : [{ buildpack, at }]))
  const pinned = ({ buildpack, at }: { buildpack: string; at: number }) =>
    unpinned(buildpack) === unpinned(has[at] ?? '')
  if (has.length === wanted.length && positions.every(pinned))
    return inOrder(
      ...positions.map(({ buildpack, at }) =>
        onEnvironment(app, 'buildpacks:set', '--index', String(at + 1), buildpack),
      ),
    )
  const missing = positions[0]
  const one = wanted.filter((_, at) => at !== missing?.at)
  if (missing !== undefined && one.join('\n') === has.join('\n'))
    return onEnvironment(app, 'buildpacks:add', '--index', String(missing.at + 1), missing.buildpack)
  const extra = has.filter((buildpack) => !wanted.includes(buildpack))
  if (extra.length === 1 && has.filter((buildpack) => buildpack !== extra[0]).join('\n') === wanted.join('\n'))
    return onEnvironment(app, 'buildpacks:remove', extra[0] ?? '')
  return inOrder(
    onEnvironment(app, 'buildpacks:clear'),
    ...wanted.map((buildpack) => onEnvironment(app, 'buildpacks:add', buildpack)),
  )
}

/** Where both pin one, whether the first version is newer: `…#v12` than `…#v9`. */
function pinnedNewer(one: readonly string[], other: readonly string[]): boolean {
  return one.some((buildpack, at) => {
    const [name, version] = buildpack.split('#v')
    const [otherName, otherVersion] = other[at]?.split('#v') ?? []
    return name === otherName && Number.parseFloat(version ?? '') > Number.parseFloat(otherVersion ?? '')
  })
}

function unpinned(buildpack: string): string {
  return buildpack.split('#')[0] ?? ''
}

function list(items: readonly string[]): string {
  return items.join(' ') || 'none'
}
