import type { HerokuEnvironment } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import { call } from '../run/call.ts'
import type { Plan } from '../run/plan.ts'
import type { OwnCommand } from './command.ts'

export const deploy: OwnCommand = {
  kind: 'own',
  where: ['heroku'],
  name: 'deploy',
  usage: '[REF]',
  summary: 'push a commit to the app: HEAD, or for a protected environment its branch as it is upstream',
  runs: 'git push REMOTE REF:refs/heads/main (unprotected: --force-with-lease=refs/heads/main:SHA)',
  examples: ['staging deploy', 'staging deploy my-branch', 'production --dry-run deploy'],
  options: [],
  prepare: async () => {
    throw usageError('not yet')
  },
}
export type X = [HerokuEnvironment, Plan, typeof call]
