import { usageError } from '../errors.ts'
import type { Command } from '../line/command.ts'
import { text } from '../line/options.ts'

export const check: Command = {
  name: 'check',
  summary: 'measure how far apart the environments are: time, personnel, tools',
  takesLong: true,
  examples: ['parity check', 'parity check staging production --markdown', 'parity check --fail-on time,tools'],
  operands: ['environments'],
  options: [
    { flags: '--json', summary: 'print JSON' },
    { flags: '--markdown', summary: 'print Markdown' },
    { flags: '--quiet', summary: 'print the findings alone' },
    {
      flags: '--fail-on <gaps>',
      summary: 'exit with status 1 if one of these gaps is found: time,tools,personnel',
      values: ['time', 'personnel', 'tools'],
    },
  ],
  parity: {
    words: 'read',
    usage: '[environments...] [options]',
    runs: 'git log and reads of the Heroku API; changes nothing',
    prepare: async ({ project, args, extra, options }) => {
      const failOn = gapsOf(text(options.failOn))
      const forms = ['json', 'markdown', 'quiet'].filter((name) => options[name])
      if (forms.length > 1)
        throw usageError(`\`--${forms[0]}\` and \`--${forms[1]}\` cannot be combined`, 'use one of them')
      const { reportOn } = await import('../check/check.ts')
      const form = options.json ? 'json' : options.markdown ? 'markdown' : options.quiet ? 'quiet' : 'text'
      return reportOn(project, [...args, ...extra], { failOn, form })
    },
  },
}

const gaps = ['time', 'personnel', 'tools'] as const

/** The gaps of `--fail-on time,tools`; none without it. */
function gapsOf(list: string | undefined): (typeof gaps)[number][] {
  const words = list?.split(',').map((word) => word.trim()) ?? []
  return words.map((word) => {
    const gap = gaps.find((name) => name === word)
    if (gap === undefined)
      throw usageError(`\`--fail-on\` takes ${gaps.join(', ')}, got \`${word}\``, '`parity check --fail-on time,tools`')
    return gap
  })
}
