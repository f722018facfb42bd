import type { Project } from '../environments/environments.ts'
import { coloursOf } from '../terminal/colours.ts'
import type { Gap } from './findings.ts'
import { collect, selectEnvironments } from './inspect/collect.ts'
import { renderJson } from './render/json.ts'
import { renderMarkdown } from './render/markdown.ts'
import { renderText } from './render/text.ts'
import { judge, type Report } from './report.ts'

type CheckOptions = {
  readonly failOn: readonly Gap[]
  readonly form: 'text' | 'json' | 'markdown' | 'quiet'
}

/**
 * Looks at the environments of these names (the usual ones without names) and reports the gaps between them, with the status
 * that goes with it. Throws usage errors for names that mean nothing.
 */
export async function reportOn(
  project: Project,
  names: readonly string[],
  { failOn, form }: CheckOptions,
): Promise<{ text: string; status: number; isProse: boolean }> {
  const facts = await collect(project, selectEnvironments(project, names))
  const report = judge(facts, project.configuration.check ?? {}, failOn)
  return { text: render(report, form), status: report.status, isProse: form === 'text' }
}

function render(report: Report, form: CheckOptions['form']): string {
  if (form === 'json') return renderJson(report)
  return form === 'markdown' ? renderMarkdown(report) : renderText(report, coloursOf('stdout'), form === 'quiet')
}
