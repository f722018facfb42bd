import { usageError } from '../errors.ts'
import type { Command, Request, Text } from '../line/command.ts'
import { refuseWords } from '../line/options.ts'
import type { Prepared } from '../run/plan.ts'

export const doctor: Command = {
  name: 'doctor',
  summary: 'look at what parity needs on this machine, with a fix for each problem',
  takesLong: true,
  examples: ['parity doctor', 'parity doctor --fix', 'parity doctor --json', 'parity --config other.yml doctor'],
  options: [
    { flags: '--fix', summary: 'ask for each repair that can be undone; without a terminal list them' },
    { flags: '--json', summary: 'print JSON' },
  ],
  worksWithoutConfiguration: true,
  parity: {
    words: 'read',
    usage: '[--fix | --json]',
    runs: 'versions of programs, reads of the Heroku API, one query; changes nothing without `--fix`',
    prepare: async (request) => {
      refuseWords('doctor', request, '`parity doctor`')
      const { fix, json } = request.options
      if (fix && json) throw usageError('`--fix` and `--json` cannot be combined', 'use one of them')
      return fix ? prepareFix(request) : (await look(request.project, json === true)).shown
    },
  },
}

/** Everything that was seen, what it comes to, and how that is shown. */
async function look(project: Request['project'], json = false) {
  const [{ inspectMachine }, { judgeMachine }, { checksAsJson, renderChecks }, { coloursOf }] = await Promise.all([
    import('../doctor/inspect.ts'),
    import('../doctor/judge.ts'),
    import('../doctor/render.ts'),
    import('../terminal/colours.ts'),
  ])
  const facts = await inspectMachine(project)
  const checks = judgeMachine(facts)
  const status = checks.some((check) => check.status === 'problem') ? 1 : 0
  const columns = process.stdout.isTTY && process.stdout.columns > 0 ? process.stdout.columns : undefined
  const shown: Text = { text: json ? checksAsJson(checks) : renderChecks(checks, coloursOf('stdout'), columns), status }
  return { facts, checks, shown }
}

/** Asks for each repair, and looks again when they are done. Without a terminal they are listed. */
async function prepareFix({ project, dryRun }: Request<undefined>): Promise<Prepared | Text> {
  const [{ facts, checks, shown }, { planRepairs }, { askingPlan, inWords, readyRepairs }] = await Promise.all([
    look(project),
    import('../doctor/repairs.ts'),
    import('./doctor-fix.ts'),
  ])
  const repairs = await readyRepairs(planRepairs(facts, checks, project.ambient.cache), project)
  if (repairs.length === 0) return { ...shown, text: `${shown.text}\nnothing that \`--fix\` could do` }
  const list = repairs.map((repair) => `  ${inWords(repair)}`).join('\n')
  if (!dryRun && !(project.ambient.hasTerminal && process.stderr.isTTY))
    return { ...shown, text: `${shown.text}\n\n\`parity doctor --fix\` asks in a terminal whether to\n${list}` }
  return { ...askingPlan(repairs), next: async () => (await look(await reopened(project))).shown }
}

/** The project with a configuration that was written just now. */
async function reopened(project: Request['project']): Promise<Request['project']> {
  const { configuration, ambient } = project
  if (configuration.file !== undefined || configuration.problem !== undefined) return project
  const { openProject } = await import('../environments/project.ts')
  return openProject(ambient, ambient.env.PARITY_CONFIG || undefined, true)
}
