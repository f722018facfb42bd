import { expect, test } from 'vitest'
import { chooseRunner } from '../../../src/services/start/runner.ts'

type Facts = Parameters<typeof chooseRunner>[0]
const nothing: Facts = { root: '/app', configured: undefined, file: '.parityrc', hasBinDev: false, procfile: undefined }
const procfile = { name: 'Procfile', text: '# a\nrelease: migrate\r\nweb: run $PORT # b\nmy-worker:  work\n\nbroken\n' }
const choose = (facts: Partial<Facts>, types: string[] = []) =>
  chooseRunner({ ...nothing, ...facts }, types, '/app/.parity/start', '/app/.parity/start/services.env')

test('the configuration comes first', () => {
  expect(choose({ configured: 'overmind start', hasBinDev: true, procfile }, ['web'])).toEqual({
    origin: 'development.start in .parityrc',
    call: { program: 'overmind', args: ['start', 'web'], folder: '/app' },
    files: {},
    tellsStatuses: false,
  })
})

test('then bin/dev', () => {
  expect(choose({ hasBinDev: true, procfile })).toMatchObject({
    origin: 'bin/dev',
    call: { program: '/app/bin/dev', args: [] },
  })
})

test('then a Procfile, without its release phase', () => {
  expect(choose({ procfile })).toEqual({
    origin: 'Procfile',
    call: {
      program: 'heroku',
      args: [
        'local',
        '--procfile',
        '/app/.parity/start/Procfile',
        '--env',
        '.env,/app/.parity/start/services.env',
        'web,my-worker',
      ],
      folder: '/app',
    },
    files: {
      'web.sh': 'cd /app || exit\nrun $PORT # b\n',
      'my-worker.sh': 'cd /app || exit\nwork\n',
      run: 'sh "$1"\nstatus=$?\necho $status > /app/.parity/start/statuses/$FOREMAN_WORKER_NAME\nexit $status\n',
      Procfile:
        'web: sh /app/.parity/start/run /app/.parity/start/web.sh\nmy-worker: sh /app/.parity/start/run /app/.parity/start/my-worker.sh\n',
    },
    tellsStatuses: true,
  })
})

test('a type that is not there, and nothing at all', () => {
  expect(() => choose({ procfile }, ['oops'])).toThrow(
    expect.objectContaining({
      status: 2,
      message: 'Procfile has no process type `oops`',
      hint: 'it has: release, web, my-worker',
    }),
  )
  expect(() => choose({})).toThrow(
    expect.objectContaining({
      status: 2,
      message: 'there is no bin/dev, Procfile.dev or Procfile to run',
      hint: 'add one, or `development: { start: COMMAND }` to the configuration',
    }),
  )
})
