import { describe, expect, test } from 'vitest'
import { tableMatcher } from '../../../../src/restore/load/table-patterns.ts'

describe('tableMatcher', () => {
  test.each<[pattern: string, table: string, matches: boolean]>([
    ['events', 'public events', true],
    ['events', 'audit events', true],
    ['Events', 'public events', true],
    ['events', 'public old_events', false],
    ['events', 'public Events', false],
    ['"Events"', 'public Events', true],
    ['audit_*', 'public audit_log', true],
    ['audit_*', 'public audit', false],
    ['event?', 'public events', true],
    ['*', 'public anything', true],
    ['public.events', 'public events', true],
    ['public.events', 'audit events', false],
    ['audit.*', 'audit log', true],
    ['"odd.name"', 'public odd.name', true],
    ['"od""d"', 'public od"d', true],
    ['"a*"', 'public ab', false],
    ['"a*"', 'public a*', true],
    ['a+(b)', 'public a+(b)', true],
    ['line*', 'public line\nbreak', true],
    ['', 'public events', false],
  ])('%s and %s', (pattern, table, matches) => {
    const [namespace = '', tag = ''] = table.split(/ (.*)/s)
    expect(tableMatcher(pattern)({ namespace, tag })).toBe(matches)
  })
})
