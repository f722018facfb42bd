import { usageError } from '../errors.ts'
import type { HerokuEnvironment, Project } from './environments.ts'

export async function findReviewApp(_project: Project, _words: readonly string[]): Promise<{ environment: HerokuEnvironment; words: readonly string[] }> {
  throw usageError('not yet')
}
