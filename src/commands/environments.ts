import { allEnvironments, type Environment } from '../environments/environments.ts'
import { table } from '../terminal/table.ts'
import type { ReportCommand } from './command.ts'
import { refuseWords } from './local-target.ts'

export const environments: ReportCommand = {
  kind: 'report',
  where: ['parity'],
  name: 'environments',
  usage: '[--json]',
  summary: 'list the environments: name, app, where that came from, protected or not',
  runs: 'git config (nothing of Heroku is asked)',
  examples: ['parity environments', 'parity environments --json', 'parity --config other.yml environments'],
  options: [{ flags: '--json', summary: 'print JSON' }],
  report: async (request) => {
    refuseWords('environments', request, '`parity environments`')
    const all = allEnvironments(request.project)
    return request.options.json ? JSON.stringify(all.map(asData), null, 2) : table(all.map(asRow))
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
