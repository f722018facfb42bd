import type { Repair } from '../doctor/repairs.ts'
import type { Project } from '../environments/environments.ts'
import { ParityError } from '../errors.ts'
import type { Command } from '../line/command.ts'
import type { Prepared, StepHandler } from '../run/plan.ts'
import { shellWord } from '../run/print.ts'
import { init } from './init.ts'
import { link } from './link.ts'

/** A repair that can be done here. */
type ReadyRepair = {
  /** What a person is asked, and what a list shows: `write: /usr/local/bin/demo`. */
  readonly what: string
  /** The line that takes it back; undefined where nothing is lost. */
  readonly undo?: string
  /** What is shown before the question. */
  readonly notes?: readonly string[]
  readonly run: StepHandler
}

/** What can be done of these repairs, each with who does it; one that its own command would refuse is left out. */
export async function readyRepairs(repairs: readonly Repair[], project: Project): Promise<ReadyRepair[]> {
  const ready = await Promise.all(repairs.map((repair) => readyRepair(repair, project)))
  return ready.filter((repair) => repair !== undefined)
}

async function readyRepair(repair: Repair, project: Project): Promise<ReadyRepair | undefined> {
  if (repair.kind === 'link') return byCommand(link, [repair.name], project, `parity unlink ${repair.name}`)
  if (repair.kind === 'init') return byCommand(init, [], project, 'rm .parityrc')
  if (repair.kind === 'private')
    return {
      what: `take the rights of others away: ${shellWord(repair.path)}`,
      run: async () => {
        const { takeFromOthers } = await import('../run/private-files.ts')
        await takeFromOthers(repair.path)
      },
    }
  return {
    what: `remove: ${repair.what}`,
    run: async () => {
      const { removePart } = await import('../dumps/part.ts')
      for (const path of repair.paths) await removePart(path)
    },
  }
}

/** What a command of ours would do. */
async function byCommand(
  command: Command,
  args: readonly string[],
  project: Project,
  undo: string,
): Promise<ReadyRepair | undefined> {
  const request = { project, environment: undefined, args, extra: [], options: {}, dryRun: false }
  try {
    const prepared = await command.parity?.prepare(request)
    if (prepared === undefined || 'text' in prepared) return undefined
    const { plan, handlers = {} } = prepared
    const what = plan.steps.flatMap((step) => ('effect' in step ? [step.description] : [])).join(', ')
    return {
      what,
      undo,
      notes: plan.notes,
      run: async (signal, reporter) => {
        for (const step of plan.steps) if ('effect' in step) await handlers[step.effect]?.(signal, reporter)
        const { report } = await import('../terminal/report.ts')
        if (plan.done) report.note(plan.done)
      },
    }
  } catch (error) {
    if (error instanceof ParityError) return undefined
    throw error
  }
}

/** The repairs as a plan that asks before each. */
export function askingPlan(repairs: readonly ReadyRepair[]): Pick<Prepared, 'plan' | 'handlers'> {
  return {
    plan: {
      notes: [],
      steps: repairs.map((repair) => ({ effect: repair.what, description: `ask: ${inWords(repair)}?`, asks: true })),
      cleanup: [],
    },
    handlers: Object.fromEntries(repairs.map((repair) => [repair.what, asking(repair)])),
  }
}

function asking(repair: ReadyRepair): StepHandler {
  return async (signal, reporter) => {
    const [{ ask }, { report }] = await Promise.all([import('../terminal/ask.ts'), import('../terminal/report.ts')])
    for (const note of repair.notes ?? []) report.note(note)
    if (/^y(es)?$/i.test(await ask(`${repair.what}? [y/N] `, signal))) await repair.run(signal, reporter)
  }
}

/** `write: /usr/local/bin/demo (undo: parity unlink demo)`. */
export function inWords({ what, undo }: ReadyRepair): string {
  return undo === undefined ? what : `${what} (undo: ${undo})`
}
