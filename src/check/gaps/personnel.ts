import { arrivals, deploysOf, neverDeployed, releasedByAuthors } from '../deliveries.ts'
import type { AppFacts, Facts } from '../facts.ts'
import { allOf, count, type Finding, type Look } from '../findings.ts'
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
  const deploys = deploysOf(app)
  const arrived = arrivals(deploys, git.history, now)
  const share = releasedByAuthors(arrived)
  if (share === undefined) return { rows: [], findings: [] }
  const authors = new Set(arrived.flatMap(({ commit }) => commit.emails))
  const strangers = neverDeployed(arrived, deploys)
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
      where: { [app.name]: `${strangers.length} of ${count(authors.size, 'author')}` },
      command,
    })
  const row = (id: string, title: string, cell: string) =>
    ({ id: `personnel.${id}`, gap: 'personnel', title, cells: { [app.name]: cell } }) as const
  return {
    rows: [
      row('released-by-authors', 'by authors', `${percent(share)} of ${count(arrived.length, 'commit')}`),
      row('deployers', 'deployers', `${authors.size - strangers.length} of ${count(authors.size, 'author')}`),
    ],
    findings,
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
