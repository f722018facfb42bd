import { accessSync, constants } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Project } from '../../environments/environments.ts'
import type { Prepared } from '../../run/plan.ts'
import { writePrivateFile } from '../../run/private-files.ts'
import { makeParityFolder, parityFolder } from '../folder.ts'
import { prepareServers, type UpWords, variablesOfServers } from '../prepare.ts'
import { chooseRunner, type Runner, type RunnerFacts } from './runner.ts'

/** `development start [TYPE...]`: the services first, then the project's own runner with their variables on top. */
export async function prepareStart(
  project: Project,
  types: readonly string[],
  words: Omit<UpWords, 'names'>,
  dryRun: boolean,
): Promise<Prepared> {
  const { root } = project
  const folder = join(parityFolder(root), 'start')
  const runner = chooseRunner(await inspectRunner(project), types, folder, join(folder, 'services.env'))
  const { ready, ...up } = await prepareServers(project, { ...words, names: [] }, dryRun)
  const note = `${runner.origin} runs with them; they stay up after it, \`development services down\` stops them`
  return {
    ...up,
    plan: dryRun ? { ...up.plan, steps: [...up.plan.steps, { call: runner.call }] } : up.plan,
    next: async () => runPlan(root, folder, runner, variablesOfServers(ready), note),
  }
}

async function runPlan(
  root: string,
  folder: string,
  runner: Runner,
  variables: Readonly<Record<string, string>>,
  note: string,
): Promise<Prepared> {
  await makeParityFolder(root)
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'statuses'), { recursive: true, mode: 0o700 })
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
  for (const [name, text] of Object.entries({ ...runner.files, 'services.env': lines.join('') }))
    await writePrivateFile(join(folder, name), text)
  return {
    plan: {
      notes: [note],
      steps: [
        {
          call: { ...runner.call, secrets: { ...variables } },
          group: runner.tellsStatuses ? { statuses: join(folder, 'statuses') } : {},
        },
      ],
      cleanup: [],
    },
  }
}

async function inspectRunner({ root, configuration }: Project): Promise<RunnerFacts> {
  const texts = await Promise.all(
    ['Procfile.dev', 'Procfile'].map(async (name) => ({
      name,
      text: await readFile(join(root, name), 'utf8').catch(() => undefined),
    })),
  )
  const [procfile] = texts.flatMap(({ name, text }) => (text === undefined ? [] : [{ name, text }]))
  return {
    root,
    configured: configuration.development?.start,
    file: configuration.file,
    hasBinDev: isExecutable(join(root, 'bin/dev')),
    procfile,
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
