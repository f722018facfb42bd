import { type HerokuEnvironment, withProtection } from '../environments/environments.ts'
import type { Command, Request, Text } from '../line/command.ts'
import { onlyName } from '../line/options.ts'
import { harmless, harmlessJson } from '../terminal/harmless.ts'

export const diff: Command = {
  name: 'diff',
  summary: 'show what would ship to the app: commits, migrations, missing config vars',
  takesLong: true,
  reading: true,
  options: [{ flags: '--json', summary: 'print JSON' }],
  examples: ['production diff', 'production diff staging', 'staging diff my-branch --json'],
  heroku: {
    words: 'read',
    usage: '[ENVIRONMENT | BRANCH | TAG | COMMIT] [options]',
    runs: 'git log and reads of the Heroku API; changes nothing',
    prepare,
  },
}

async function prepare(request: Request<HerokuEnvironment>): Promise<Text> {
  const { project, environment, options } = request
  const name = onlyName('diff', request, `${environment.name} diff`)
  const [
    { connectHeroku },
    { protectionByStage },
    { chooseSource },
    { inspectDifference },
    { describeDifference, differenceData },
  ] = await Promise.all([
    import('../heroku/connect.ts'),
    import('../heroku/protection.ts'),
    import('../deploy/source.ts'),
    import('../deploy/compare.ts'),
    import('../deploy/difference.ts'),
  ])
  const api = connectHeroku(project.ambient.env)
  const because = withProtection(project, environment).protectedBecause ?? (await protectionByStage(api, environment))
  const source = await chooseSource(project, api, environment, because !== undefined, name)
  const difference = await inspectDifference(project, api, source, environment)
  const status = difference.commits === undefined ? 1 : 0
  if (options.json) return { text: harmlessJson(JSON.stringify(differenceData(difference), null, 2)), status }
  const { command, commits } = difference
  const closing = commits?.waiting.length && command ? [`\`${command}\` ships it`] : []
  const text = harmless([...describeDifference(difference, project.ambient.now), ...closing].join('\n'))
  return { text, status, isProse: true }
}
