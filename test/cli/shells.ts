import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Terminal } from './pty.ts'
import type { World } from './world.ts'

/** How each shell is started, reads the script of completion, and where it lies; undefined where it is not installed. */
export const shells = [
  { shell: 'bash', args: ['--norc', '--noprofile', '-i'], load: 'eval "$(parity completion bash)"' },
  {
    shell: 'zsh',
    args: ['-f', '-i'],
    // Its own meaning of Tab is to expand the word, before any completion: `$(…)` would run there without us.
    load: 'bindkey "^I" complete-word; eval "$(parity completion zsh)"',
  },
  { shell: 'fish', args: ['--no-config', '-i'], load: 'parity completion fish | source' },
].map((shell) => ({
  ...shell,
  file: ['/bin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']
    .map((folder) => join(folder, shell.shell))
    .find(existsSync),
}))

export type Shell = (typeof shells)[number]

/** A shell that has read its script; `path` are the folders that come first on PATH. */
export async function openShell(world: World, { file = '', args, load }: Shell, path = world.bin): Promise<Terminal> {
  const terminal = new Terminal(world, file, args, { PATH: `${path}:/usr/bin:/bin` })
  terminal.type(`${load}; echo lo''aded\r`)
  await terminal.shows('loaded')
  return terminal
}
