/** The bins of the package: they are words already. */
export const bins = ['production', 'staging', 'development', 'pr_app', 'parity']

/** How a link knows itself: only what has this line is ever replaced or removed. */
const mark = '# made by parity link'

/**
 * The script that makes `name` a word: a script and no symbolic link, since some package managers put launchers of their own before a bin, which
 * ask by what name they were called. `pinned` is the path from the script's folder to the `parity` of the repository; undefined for the one on PATH.
 */
export function linkScript(name: string, pinned: string | undefined): string {
  const run =
    pinned === undefined
      ? `command -v parity >/dev/null || { echo '${name}: parity is not on PATH: npm install --global heroku-parity' >&2; exit 127; }; exec parity ${name} "$@"`
      : `exec "\${0%/*}/${pinned}" ${name} "$@"`
  return `#!/bin/sh\n${mark}; \`parity unlink ${name}\` removes it\n${run}\n`
}

/** Whether a file with this text is a link of ours. */
export function isLinkScript(text: string): boolean {
  return text.split('\n')[1]?.startsWith(mark) === true
}

/** No link is longer, in bytes. */
export const longestLink = 1024

/** What every shell takes for its own command or keyword, so that a program of that name would never run. */
export const shellWords: ReadonlySet<string> = new Set(
  `alias bg bind break builtin case cd command complete continue coproc declare dirs disown do done echo elif else enable end esac eval exec
exit export false fc fg fi for foreach function getopts hash help history if in jobs kill let local logout popd printf pushd pwd read
readonly repeat return select set shift source suspend switch test then time times trap true type typeset ulimit umask unalias unset until
wait while`.split(/\s+/),
)
