import type { AppFacts, Facts } from '../facts.ts'
import type { Finding, Look } from '../findings.ts'
import { onEnvironment } from './commands.ts'
import { othersThan } from './reference.ts'
import { base, row } from './shapes.ts'

/** Add-ons that the code talks to; others watch, schedule or log, and often are production's alone. */
const backing =
  /postgres|redis|valkey|kafka|rabbit|amqp|memcache|mysql|maria|jawsdb|mongo|elastic|opensearch|bonsai|searchbox|typesense|meili|algolia|neo4j|graphene|bucketeer|cloudcube|influx|timescale/

/** Add-ons and their plans side by side. */
export function addonLook({ apps }: Facts, reference: AppFacts): Look {
  const names = [...new Set(apps.flatMap(({ addons }) => addons?.map(({ service }) => service) ?? []))].sort()
  const plan = (app: AppFacts, service: string) => app.addons && (counted(plans(app, service)) || 'none')
  const rows = names.map((service) =>
    row(
      `addon.${service}`,
      service,
      apps.map((app) => [app.name, plan(app, service)]),
    ),
  )
  const findings = names.flatMap((service) =>
    othersThan(reference, apps).flatMap((app) => addonFindings(service, app, reference)),
  )
  return { rows, findings }
}

function addonFindings(service: string, app: AppFacts, reference: AppFacts): Finding[] {
  if (app.addons === undefined || reference.addons === undefined) return []
  const [has, wanted] = [plans(app, service), plans(reference, service)]
  if (has.join() === wanted.join()) return []
  const [here, there] = [has, wanted].map((plans) => counted(plans) || 'none')
  const finding = (severity: Finding['severity'], says: string, command: string | undefined): Finding[] => [
    {
      ...base(`addon.${service}.${app.name}`, severity),
      says,
      where: { [app.name]: here ?? '', [reference.name]: there ?? '' },
      command,
    },
  ]
  if (has.length === 0)
    return finding(
      backing.test(service) ? 'gap' : 'note',
      `${app.name} has no ${service}, ${reference.name} has ${service}:${there}`,
      onEnvironment(
        app,
        'addons:create',
        `${service}:${reference.addons.find((addon) => addon.service === service)?.plan}`,
      ),
    )
  if (wanted.length === 0)
    return finding('note', `${reference.name} has no ${service}, ${app.name} has ${service}:${here}`, undefined)
  // A smaller plan in staging is a decision about money, and a change of plan is not undone by the next one.
  return finding('note', `${service} is ${here} in ${app.name}, ${there} in ${reference.name}`, undefined)
}

/** The plans of a service, as many as there are add-ons; one of another app is attached. */
function plans({ addons }: Pick<AppFacts, 'addons'>, service: string): string[] {
  return (addons ?? [])
    .filter((addon) => addon.service === service)
    .map(({ plan, attached }) => (attached ? `${plan} (attached)` : plan))
    .sort()
}

/** `2 × standard-0`, in the order of the names. */
function counted(plans: readonly string[]): string {
  return [...new Set(plans)]
    .map((plan) => [plan, plans.filter((other) => other === plan).length] as const)
    .map(([plan, count]) => (count === 1 ? plan : `${count} × ${plan}`))
    .join(', ')
}
