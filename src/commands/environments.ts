import { allEnvironments, type Environment } from '../environments/environments.ts'
import type { Command } from '../line/command.ts'
import { refuseWords } from '../line/options.ts'
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
      return { text: request.options.json ? JSON.stringify(all.map(asData), null, 2) : table(all.map(asRow)) }
    },
  },
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
