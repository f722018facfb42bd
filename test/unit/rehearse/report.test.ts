import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { reportOf } from '../../../src/rehearse/report.ts'

type Rehearsal = Parameters<typeof reportOf>[0]

const fix = 'in production: ALTER FUNCTION public.f_name(text) SET search_path = public'
const rehearsal: Rehearsal = {
  app: 'acme-production',
  backup: 'b007',
  from: '16.9',
  to: '18.4',
  parts: [
    { name: 'create', milliseconds: 201, state: 'ok' },
    { name: 'load', milliseconds: 94_102, state: 'ok' },
    { name: 'analyze', milliseconds: 2600, state: 'ok' },
    { name: 'bin/rails test', milliseconds: 61_040, state: 'failed' },
  ],
  findings: [
    { kind: 'object', what: 'index public.people_name: function f_unaccent(text) does not exist', fix },
    { kind: 'command', what: '`bin/rails test` failed with status 1' },
  ],
}

test('the sample of `parity help services` is what is printed, in 80 columns', () => {
  const text = reportOf(rehearsal, 'text')
  const help = readFileSync(new URL('../../../src/help/services.md', import.meta.url), 'utf8')
  expect(help).toContain(`$ development services rehearse postgres 18 -- bin/rails test\n${text}\n\`\`\`\n`)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('JSON says all of it', () => {
  expect(JSON.parse(reportOf(rehearsal, 'json'))).toEqual({ ok: false, ...rehearsal })
})

test('names of a backup are neither markup nor control codes', () => {
  const what = 'view public.<b>*x*|\u001b[2J'
  const text = reportOf({ ...rehearsal, findings: [{ kind: 'object', what }] }, 'markdown')
  expect(text).toContain('\n- view public.\\<b\\>\\*x\\*\\|')
  expect(text).not.toContain('\u001b')
  expect(reportOf({ ...rehearsal, findings: [{ kind: 'object', what }] }, 'text')).not.toContain('\u001b')
})

test('a server that was kept has an address, and a line that removes it', () => {
  const kept = { url: 'postgres://x', folder: '.parity/rehearsal-18', remove: 'development services rehearse --remove' }
  expect(reportOf({ ...rehearsal, findings: [], kept }, 'text')).toMatch(
    /\n\nnothing was found\n\nkept in \.parity\/rehearsal-18: postgres:\/\/x\n`development services rehearse --remove` removes it, as the next rehearsal does$/,
  )
})
