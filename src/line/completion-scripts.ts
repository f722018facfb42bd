export const shells = ['bash', 'zsh', 'fish'] as const

type Shell = (typeof shells)[number]

/**
 * The completion of these bins for a shell, a script that hands the words of a line to `parity complete-words`, and offers what that
 * prints. Nothing that was typed is evaluated, no list is read by the shell's own rules, and no other completion is needed.
 */
export function completionScript(name: Shell, bins: readonly string[]): string {
  return scripts[name](bins.join(' '))
}

const scripts: Readonly<Record<Shell, (bins: string) => string>> = { bash, zsh, fish }

/** For bash 3.2 and newer. It breaks words at `:` and `=` (COMP_WORDBREAKS): the whole word is read from the line, and what bash keeps is taken off again. */
function bash(bins: string): string {
  return `# Completion of heroku-parity for bash. In ~/.bashrc: eval "$(parity completion bash)"
_parity_complete() {
  local IFS=$' \\t\\n' line=\${COMP_LINE:0:COMP_POINT} current= kept word description
  local -a words
  read -r -d '' -a words <<<"$line"
  if [[ $line != *[[:space:]] ]]; then
    current=\${words[\${#words[@]}-1]}
    unset "words[\${#words[@]}-1]"
  fi
  kept=\${current%"$2"}
  COMPREPLY=()
  while IFS=$'\\t' read -r word description; do
    COMPREPLY+=("\${word#"$kept"}")
  done < <(command parity complete-words "\${words[@]}" "$current" 2>/dev/null)
}
complete -o default -F _parity_complete ${bins}
`
}

/** Sourced, or put into a folder of `fpath` as `_parity`. A completion of files would expand what was typed: not where that could run something. */
function zsh(bins: string): string {
  return `#compdef ${bins}
# Completion of heroku-parity for zsh. In ~/.zshrc, after compinit: eval "$(parity completion zsh)"
_parity() {
  local -a described
  local word description
  while IFS=$'\\t' read -r word description; do
    described+=("\${word//:/\\\\:}:\${description:-$word}")
  done < <(command parity complete-words "\${(@)words[1,CURRENT-1]}" "$PREFIX" 2>/dev/null)
  if (( $#described )); then
    _describe -t parity parity described
  elif [[ $PREFIX != *[\\$\\\`]* ]]; then
    _files
  fi
}
if [[ $funcstack[1] == _parity ]]; then
  _parity "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
  compdef _parity ${bins}
fi
`
}

function fish(bins: string): string {
  return `# Completion of heroku-parity for fish. In ~/.config/fish/config.fish: parity completion fish | source
function __parity_complete
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  set -l found (command parity complete-words $before "$current" 2>/dev/null)
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path "$current"
  end
end
for bin in ${bins}
  complete -c $bin -f -a '(__parity_complete)'
end
`
}
