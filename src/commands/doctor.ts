import type { Command } from '../line/command.ts'
import { refuseWords } from '../line/options.ts'

export const doctor: Command = {
  name: 'doctor',
  summary: 'look at what parity needs on this machine, with a fix for each problem',
  examples: ['parity doctor', 'parity doctor --json', 'parity --config other.yml doctor'],
  options: [{ flags: '--json', summary: 'print JSON' }],
  worksWithoutConfiguration: true,
  parity: {
    words: 'read',
    usage: '[--json]',
    runs: 'versions of programs, reads of the Heroku API, one query; changes nothing',
    prepare: async (request) => {
      refuseWords('doctor', request, '`parity doctor`')
      const [{ inspectMachine }, { judgeMachine }, { checksAsJson, renderChecks }, { coloursOf }] = await Promise.all([
        import('../doctor/inspect.ts'),
        import('../doctor/judge.ts'),
        import('../doctor/render.ts'),
        import('../terminal/colours.ts'),
      ])
      const checks = judgeMachine(await inspectMachine(request.project))
      const status = checks.some((check) => check.status === 'problem') ? 1 : 0
      const text = request.options.json ? checksAsJson(checks) : renderChecks(checks, coloursOf('stdout'))
      return { text, status }
    },
  },
}
