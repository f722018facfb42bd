import { basename } from 'node:path'
import { usageError } from '../errors.ts'
import type { Command } from '../line/command.ts'
import { completionScript, shells } from '../line/completion-scripts.ts'

export const completion: Command = {
  name: 'completion',
  summary: 'print the script that completes words in bash, zsh or fish',
  examples: [
    'eval "$(parity completion bash)" # in ~/.bashrc',
    'eval "$(parity completion zsh)" # in ~/.zshrc, after compinit',
    'parity completion fish | source # in ~/.config/fish/config.fish',
  ],
  options: [],
  operands: [shells],
  parity: {
    words: 'read',
    usage: 'bash | zsh | fish',
    runs: 'nothing; the script asks parity for words, which reads files alone',
    prepare: async ({ args, extra, project }) => {
      const words = [...args, ...extra]
      const shell = shells.find((name) => name === words[0])
      if (shell === undefined || words.length > 1) throw unknownShell(words, project.ambient.env.SHELL)
      const [{ findLinks }, { bins }] = await Promise.all([import('../links/inspect.ts'), import('../links/script.ts')])
      const linked = findLinks(project).map(({ name }) => name)
      return { text: completionScript(shell, [...new Set([...bins, ...linked])]).trimEnd() }
    },
  },
}

/** The way out is the line for the shell that the person uses, as far as that is known. */
function unknownShell(words: readonly string[], login = 'bash') {
  const likely = shells.find((name) => name === basename(login)) ?? 'bash'
  const got = words.length === 0 ? 'nothing' : `\`${words.join(' ')}\``
  return usageError(`\`completion\` takes ${shells.join(', ')}, got ${got}`, `\`parity completion ${likely}\``)
}
