import { spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * Starts the process that tidies up after us, whatever becomes of us: it waits until the pipe from us closes, which the
 * system does even after kill -9, then ends every dyno and Postgres of the folder and removes it.
 * Returns what closes the pipe and waits until all is gone.
 */
export function tidyUpAfterUs(folder: string): () => Promise<void> {
  const watcher = spawn('/bin/sh', ['-c', script, 'sandbox-clean-up', folder], {
    detached: true, // its own session: a Ctrl-C at the terminal must not reach it
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  })
  const gone = once(watcher, 'exit')
  watcher.unref()
  return async () => {
    watcher.ref()
    watcher.stdin.end()
    await gone
  }
}

// Dynos lead process groups of their own, named by files in processes/. Postgres is stopped in "immediate" mode (QUIT):
// nothing in there is worth a checkpoint. Files can still appear while a process ends, hence the second rm.
const script = `
trap '' INT TERM HUP
folder=$1
cat > /dev/null
for file in "$folder"/processes/*; do
  [ -e "$file" ] && kill -KILL -- "-\${file##*/}" 2> /dev/null
done
for file in "$folder"/*/postmaster.pid; do
  [ -e "$file" ] || continue
  read -r pid < "$file"
  kill -QUIT "$pid" 2> /dev/null
  tries=0
  while kill -0 "$pid" 2> /dev/null && [ $tries -lt 200 ]; do sleep 0.05; tries=$((tries + 1)); done
  kill -KILL "$pid" 2> /dev/null
done
rm -rf "$folder" || { sleep 0.5; rm -rf "$folder"; }
`
