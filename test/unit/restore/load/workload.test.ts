import { describe, expect, test } from 'vitest'
import { hasRows, type Task, takeNext } from '../../../../src/restore/load/next-tasks.ts'
import { Workload } from '../../../../src/restore/load/workload.ts'

const megabyte = 1_048_576
const task = (work: string, weight: number, kind: Task<string>['kind'] = 'rows', isWhole = true): Task<string> => ({
  work,
  kind,
  weight: () => weight,
  isWhole: () => isWhole,
})

describe('takeNext', () => {
  const half = (work: string) => task(work, megabyte / 2)
  const names = (tasks: Task<string>[]) => tasks.map(({ work }) => work).join(' ')

  test.each<[what: string, ready: Task<string>[], jobs: number, taken: string, left: string]>([
    ['the largest', [task('a', 1), task('b', 9 * megabyte), task('c', 2)], 2, 'b', 'a c'],
    ['all small ones that are little together', [task('a', 1), task('b', 2), task('c', 3)], 2, 'a b c', ''],
    ['a share of small ones', [half('a'), half('b'), half('c'), half('d')], 2, 'a b', 'c d'],
    ['all small ones of the only worker', [task('a', 1), task('b', 2)], 1, 'a b', ''],
    ['rows before indexes', [task('a', 9 * megabyte, 'entries'), task('b', 2), task('c', 3, 'analyze')], 1, 'b', 'a c'],
    [
      'small ones of one kind',
      [task('a', 1, 'entries'), task('b', 2, 'analyze'), task('c', 3, 'entries')],
      1,
      'a c',
      'b',
    ],
    ['alone what is still arriving', [task('a', 1), task('b', 2, 'rows', false)], 1, 'b', 'a'],
  ])('%s', (_, ready, jobs, taken, left) => {
    expect([names(takeNext(ready, jobs)), names(ready)]).toEqual([taken, left])
  })
})

describe('Workload', () => {
  test('works off what is added, and what comes of it, until it is closed', async () => {
    const done: string[] = []
    const workload = new Workload<string>({
      jobs: 2,
      async perform(tasks) {
        await new Promise(setImmediate)
        done.push(...tasks.map(({ work }) => work))
        return tasks.filter(({ work }) => work === 'a').map(() => task('from a', 5))
      },
      onFailure: () => expect.fail('no failure'),
    })
    workload.add([task('a', 2 * megabyte)])
    await new Promise(setImmediate)
    workload.add([task('b', 3 * megabyte), task('c', 4 * megabyte)])
    workload.close()
    await workload.done
    expect(done.sort()).toEqual(['a', 'b', 'c', 'from a'])
  })

  test.each([
    ['is left over when nobody is at work', 'one', [['one'], ['other'], ['last rows']], ['index of last rows']],
    ['is done beside what is going on', 'slow', [['last rows'], ['rest', 'other', 'index of last rows'], ['slow']], []],
  ])('what there is when the last rows are in %s', async (_, first, then, left) => {
    const done: string[][] = []
    let arrive = () => {}
    const arrived = new Promise<void>((resolve) => (arrive = resolve))
    const isResting = () => done.some(([work]) => work === 'rest')
    const workload = new Workload<string>({
      jobs: 2,
      async perform(tasks) {
        if (tasks[0]?.work === 'last rows') await arrived
        while (tasks[0]?.work === 'slow' && !isResting()) await new Promise(setImmediate)
        done.push(tasks.map(({ work }) => work))
        return tasks.filter(hasRows).map(({ work }) => task(`index of ${work}`, 2 * megabyte, 'entries'))
      },
      performRest: async (tasks) => void done.push(['rest', ...tasks.map(({ work }) => work)]),
      onFailure: () => expect.fail('no failure'),
    })
    workload.add([task('rows', 2 * megabyte), task('last rows', 3 * megabyte, 'rows', false)])
    workload.close()
    while (done.length < 2) await new Promise(setImmediate)
    expect(done).toEqual([['rows'], ['index of rows']])
    workload.add([first, 'other'].map((work) => task(work, 2 * megabyte, 'analyze')))
    while (first === 'one' && done.length < 4) await new Promise(setImmediate)
    arrive()
    expect((await workload.done).map(({ work }) => work)).toEqual(left)
    expect(done.slice(2)).toEqual(then)
  })

  test('begins nothing after a failure, and waits for what has begun', async () => {
    const done: string[] = []
    let failure: unknown
    const workload = new Workload<string>({
      jobs: 2,
      async perform([{ work } = task('', 0)]) {
        if (work === 'bad') throw new Error('no')
        await new Promise((resolve) => setTimeout(resolve, 20))
        done.push(work)
        return []
      },
      onFailure(error) {
        failure = error
      },
    })
    workload.add([task('good', 3 * megabyte), task('bad', 2 * megabyte), task('later', megabyte)])
    await expect(workload.done).rejects.toThrow('no')
    expect([done, failure]).toEqual([['good'], new Error('no')])
  })

  test('nothing at all', async () => {
    const workload = new Workload<string>({ jobs: 3, perform: async () => [], onFailure: () => {} })
    workload.close()
    await workload.done
  })
})
