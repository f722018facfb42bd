/** The dotenv file that a framework reads in development only, by the texts of `Gemfile` and `package.json`. */
export function envFileName(gemfile: string, packageJson: string): string {
  const inDevelopment = /^\s*gem\s+["']dotenv-rails["']/m.test(gemfile) || /"next"\s*:/.test(packageJson)
  return inDevelopment ? '.env.development.local' : '.env'
}

/** The lines that a dotenv file lacks, and the names that stand there and stay as they are. */
export function missingLines(
  text: string,
  variables: Readonly<Record<string, string>>,
): { readonly lines: string; readonly kept: readonly string[] } {
  const there = new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=(.*)$/.exec(line) ?? []
      return name === undefined ? [] : [[name, value ?? ''] as const]
    }),
  )
  const entries = Object.entries(variables)
  const missing = entries.filter(([name]) => !there.has(name)).map(([name, value]) => `${name}=${value}\n`)
  const kept = entries.filter(([name, value]) => there.has(name) && there.get(name) !== value).map(([name]) => name)
  const gap = missing.length === 0 || text === '' || text.endsWith('\n') ? '' : '\n'
  return { lines: gap + missing.join(''), kept }
}
