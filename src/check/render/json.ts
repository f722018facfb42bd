import type { Report } from '../report.ts'
import { summary } from './sections.ts'

/** The report as JSON: what `renderText` prints, and under each finding what is where. */
export function renderJson(report: Report): string {
  const { rows, findings, ignored, needless, seen: _, ...rest } = report
  return JSON.stringify(
    {
      summary: summary(report),
      ...rest,
      rows,
      findings,
      ignored: ignored.map(({ finding, reason }) => ({ ...finding, reason })),
      needlessIgnores: needless,
    },
    null,
    2,
  )
}
