import type { PlanReporter, ReportStyle } from './reporter.ts'
import { isDrawable } from './variables.ts'

/**
 * Who shows a plan: one live line a stage on a terminal, one plain line a stage in a pipe or in CI, one event a line for programs.
 * What draws on a terminal is loaded only there.
 */
export async function openReporter(style: ReportStyle): Promise<PlanReporter> {
  if (style.json) return (await import('./events.ts')).eventReporter(style)
  if (style.verbosity === 'normal' && canDraw()) return (await import('./live.ts')).liveReporter()
  return (await import('./plain.ts')).plainReporter(style)
}

/** A terminal that has no columns, or knows no control codes, is as good as a pipe. */
export function canDraw(): boolean {
  return process.stderr.isTTY && process.stderr.columns > 0 && isDrawable()
}
