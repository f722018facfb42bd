import { allEnvironments, type Environment } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import type { ReportCommand } from './command.ts'

export const environments: ReportCommand = {
  kind: 'report',
  name: 'environments',
  usage: '[--json]',
  summary: 'list the environments: name, app, where that came from, protected or not',
  runs: 'git config (nothing of Heroku is asked)',
  examples: ['parity environments', 'parity environments --json', 'parity --config other.yml environments'],
  options: [{ flags: '--json', summary: 'print JSON' }],
  report: async ({ project, options, args, extra }) => {
    const words = [...args, ...extra]
    if (words.length > 0)
      throw usageError(`\`environments\` takes no arguments, got \`${words.join(' ')}\``, '`parity environments`')
    const all = allEnvironments(project)
    return options.json ? JSON.stringify(all.map(asData), null, 2) : table(all.map(asRow))
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

function table(rows: string[][]): string {
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
