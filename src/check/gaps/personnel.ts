import { allAuthors, arrivals, deploysOf, neverDeployed, recent, releasedByAuthors } from '../deliveries.ts'
import type { AppFacts, Facts } from '../facts.ts'
import { allOf, count, type Finding, type Look } from '../findings.ts'
import { isMachine, people as peopleOf } from '../people.ts'
import { isProduction } from './reference.ts'
import { shipping } from './shipping.ts'
import type { Settings } from './time.ts'

/** The personnel gap: do those who write the code also release it? Asked of production, over the last 90 days. */
export function personnelGap(facts: Facts, settings: Settings): Look {
  return allOf(facts.apps.filter(isProduction).map((app) => ofApp(facts, app, settings)))
}

function ofApp(facts: Facts, app: AppFacts, { thresholds, people }: Settings): Look {
  const { git, now } = facts
  if (git === undefined || git.cut.has(app.name)) return { rows: [], findings: [] }
  const row = (id: string, title: string, cell: string) =>
    ({ id: `personnel.${id}`, gap: 'personnel', title, cells: { [app.name]: cell } }) as const
  const deploys = deploysOf(app)
  const lately = recent(deploys, now)
  if (lately.length === 0)
    return {
      rows: app.releases ? [row('deployers', 'deployers', 'nothing was deployed in 90 days')] : [],
      findings: [],
    }
  const machines = [...new Set(lately.map(({ release }) => release.by).filter(isMachine))]
  // Who deployed is not known then, so no author is reported.
  if (machines.length > 0)
    return {
      rows: [row('deployers', 'deployers', people === 'names' ? `a machine: ${machines.join(', ')}` : 'a machine')],
      findings: [],
    }
  const arrived = arrivals(deploys, git.history, now)
  const who = peopleOf(git.history, git.mailmap)
  const share = releasedByAuthors(arrived, who)
  if (share === undefined) return { rows: [], findings: [] }
  const authors = allAuthors(arrived, who)
  const strangers = neverDeployed(arrived, deploys, who)
  const command = shipping(facts, app)
  const findings: Finding[] = []
  if (share < thresholds.releasedByAuthors)
    findings.push({
      id: `personnel.released-by-authors.${app.name}`,
      gap: 'personnel',
      severity: 'gap',
      says: `${percent(share)} of the commits in ${app.name} were released by one of their authors, and ${percent(thresholds.releasedByAuthors)} should be`,
      where: { [app.name]: percent(share) },
      command,
    })
  if (strangers.length > 0)
    findings.push({
      id: `personnel.never-deployed.${app.name}`,
      gap: 'personnel',
      severity: 'note',
      says: `${count(strangers.length, 'author')} never deployed to ${app.name}${people === 'names' ? `: ${strangers.join(', ')}` : ''}`,
      where: { [app.name]: `${strangers.length} of ${count(authors.length, 'author')}` },
      command,
    })
  return {
    rows: [
      row('released-by-authors', 'by authors', `${percent(share)} of ${count(arrived.length, 'commit')}`),
      row('deployers', 'deployers', `${authors.length - strangers.length} of ${count(authors.length, 'author')}`),
    ],
    findings,
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
