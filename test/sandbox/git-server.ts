import { spawn } from 'node:child_process'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { type App, release } from './apps.ts'
import { must } from './processes.ts'
import type { Call, Reply } from './replies.ts'
import type { World } from './world.ts'

/** The name of the app in a path of git's, such as `/acme-staging.git/info/refs`. */
export function appOfGitPath(path: string): string | undefined {
  return path.match(/^\/([\w-]+)\.git\//)?.[1]
}

/** Serves the app's repository by git's own CGI program; a push to the branch that Heroku builds becomes a release. */
export async function answerGit(
  world: World,
  app: App,
  call: Pick<Call, 'method' | 'path' | 'query'>,
  request: IncomingMessage,
): Promise<Reply> {
  const repository = join(world.folder, 'repositories', `${app.name}.git`)
  const env = {
    PATH: process.env.PATH,
    HOME: join(world.folder, 'home'),
    GIT_PROJECT_ROOT: join(world.folder, 'repositories'),
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: call.path,
    QUERY_STRING: call.query.toString(),
    REQUEST_METHOD: call.method,
    CONTENT_TYPE: request.headers['content-type'],
    CONTENT_LENGTH: request.headers['content-length'],
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
    GIT_PROTOCOL: header(request.headers['git-protocol']),
    REMOTE_USER: 'heroku',
    REMOTE_ADDR: '127.0.0.1',
    NEXT_VERSION: String((app.releases.at(-1)?.version ?? 0) + 1),
    FAIL_BUILD: app.config.FAIL_BUILD,
  }
  const before = await headOf(repository) // before the spawn: output that nobody reads is lost when a program ends
  const git = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'], detached: true })
  git.stdin.on('error', () => {}) // it may refuse before it has read all
  request.pipe(git.stdin)
  const { status, headers, rest } = await cgiHeaders(git.stdout)
  const body = new PassThrough()
  body.write(rest)
  git.stdout.pipe(body, { end: false })
  git.on('close', async () => {
    const after = await headOf(repository)
    if (after !== undefined && after !== before) {
      const made = release(app, `Deploy ${after.slice(0, 8)}`, after)
      if (app.config.FAIL_RELEASE) made.phase = 'pending'
    }
    body.end() // not before the release exists: the pusher may ask for it at once
  })
  return { status, headers, body }
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

/** The commit that the app was built from. */
export async function headOf(repository: string): Promise<string | undefined> {
  const refs = ['refs/heads/main', 'refs/heads/master']
  const lines = await must(['git', '--git-dir', repository, 'for-each-ref', '--format=%(objectname)', ...refs])
  return lines.split('\n')[0] || undefined
}

async function cgiHeaders(
  output: Readable,
): Promise<{ status: number; headers: Record<string, string>; rest: Buffer }> {
  let seen = Buffer.alloc(0)
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    seen = Buffer.concat([seen, chunk])
    const end = seen.indexOf('\r\n\r\n')
    if (end === -1) continue
    const lines = seen.subarray(0, end).toString().split('\r\n')
    const { Status: status = '200', ...headers } = Object.fromEntries(lines.map((line) => line.split(': ')))
    return { status: Number.parseInt(status, 10), headers, rest: seen.subarray(end + 4) }
  }
  throw new Error('git http-backend said nothing')
}

/** Hooks of the apps' repositories: what Heroku's build would print, and its refusal where the config var FAIL_BUILD is set. */
export const hooks = {
  'pre-receive': `#!/bin/sh
while read -r old new ref; do
  case $ref in
    refs/heads/main | refs/heads/master) ;;
    *) echo "Pushed to non-main branch, skipping build."; continue ;;
  esac
  echo "Building source:"
  echo "-----> Building on the Heroku-24 stack"
  echo "-----> Ruby app detected"
  if [ -n "$FAIL_BUILD" ]; then
    echo " !     Push rejected, failed to compile Ruby app."
    exit 1
  fi
  echo "-----> Launching..."
  echo "       Released v$NEXT_VERSION"
done
`,
}
