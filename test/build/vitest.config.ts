import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { temporaryFolder } from '../sandbox/temporary.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
if (temporaryFolder() !== '/tmp') process.env.TMPDIR = temporaryFolder()

/**
 * A tier of tests: the quick ones first, each with the time that the real programs it starts may take on a busy machine. Those that
 * often wait (the Heroku CLI asks every three seconds) leave room for one file more.
 */
function tier(name: string, groupOrder: number, seconds: number, maxWorkers: number) {
  return {
    // Vitest takes keys out of the object that it is given: each project needs its own.
    define: { PARITY_VERSION: '"0.0.0-test"', PARITY_PROGRAM: '"test"' },
    test: {
      name,
      root,
      include: [`test/${name}/**/*.test.ts`],
      // What is pure may share the modules that it loads: half the time of that tier was loading them again for each file.
      isolate: name !== 'unit',
      testTimeout: seconds * 1000,
      hookTimeout: seconds * 1000,
      maxWorkers,
      sequence: { groupOrder },
      globalSetup: name === 'e2e' ? ['test/e2e/template.ts'] : [],
    },
  }
}

/** Small files that take long. */
const long = ['command-table.test.ts', 'kill-sweep.test.ts', 'pristine.test.ts', 'set-up.test.ts']

/** Without the times of an earlier run the largest files come first, and a small one that takes long would be waited for at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => long.includes(basename(moduleId))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  root,
  test: {
    root,
    sequence: { sequencer: LongestFirst },
    projects: [tier('unit', 0, 60, 2), tier('cli', 1, 60, 2), tier('e2e', 2, 180, 3)],
  },
})
