import { allEnvironments, type Environment } from '../environments/environments.ts'
import type { Command } from '../line/command.ts'
import { refuseWords } from '../line/options.ts'
import { bins } from '../links/script.ts'
import { lookup } from '../run/lookup.ts'
import { table } from '../terminal/table.ts'

export const environments: Command = {
  name: 'environments',
  summary: 'list the environments: name, app, origin, protection',
  examples: ['parity environments', 'parity environments --json', 'parity --config other.yml environments'],
  options: [{ flags: '--json', summary: 'print JSON' }],
  parity: {
    words: 'read',
    usage: '[--json]',
    runs: 'git config; Heroku is not asked',
    prepare: async (request) => {
      refuseWords('environments', request, '`parity environments`')
      const all = allEnvironments(request.project)
      if (request.options.json) return { text: JSON.stringify(all.map(asData), null, 2) }
      await offerLinks(all, request.project.ambient.env.PATH)
      return { text: table(all.map(asRow)), isProse: true }
    },
  },
}

/** Says on stderr which of them cannot be typed as words. */
async function offerLinks(all: readonly Environment[], path: string | undefined): Promise<void> {
  const missing = all.filter(
    ({ kind, name }) => kind === 'heroku' && !bins.includes(name) && lookup(name, path) === undefined,
  )
  if (missing.length === 0) return
  const { report } = await import('../terminal/report.ts')
  const names = missing.map(({ name }) => name).join(' ')
  report.hint(`\`parity link ${names}\` lets you type \`${missing[0]?.name} logs\``)
}

function asData(environment: Environment): Record<string, unknown> {
  if (environment.kind === 'local')
    return { name: environment.name, app: null, origin: 'this machine', protected: false }
  const { kind: _kind, protectedBecause, ...rest } = environment
  return {
    ...rest,
    protected: protectedBecause !== undefined,
    ...(protectedBecause === undefined ? {} : { protectedBecause }),
  }
}

function asRow(environment: Environment): string[] {
  if (environment.kind === 'local') return [environment.name, '(this machine)', '', '']
  return [
    environment.name,
    environment.app,
    environment.origin,
    environment.protectedBecause === undefined ? '' : 'protected',
  ]
}
