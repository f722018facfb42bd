import { intersects, minVersion, validRange } from 'semver'

/** How a version is written: as npm does, with the operators of RubyGems and Hex, of Python, or of Composer. */
export type Dialect = 'npm' | 'ruby' | 'python' | 'php'

/**
 * A version or a range as semver has it: `~> 3.3.0` is `>=3.3.0 <3.4.0-0`, a shortened version is any that begins so. Undefined for what
 * is none.
 */
export function rangeOf(written: string, dialect: Dialect = 'npm'): string | undefined {
  const text = dialect === 'ruby' ? gems(written) : dialect === 'python' ? specifiers(written) : written
  const joined = dialect === 'php' ? text.replace(/\s*\|\|?\s*/g, ' || ').replaceAll(',', ' ') : text
  // 26.2.5.3 of Erlang, 17.0.9+9 of Java, 3.3.6p108 of Ruby: three numbers are enough.
  const plain = joined.replace(/(\d+\.\d+\.\d+)(\.\d+|\+\d+|p\d+|-otp-\d+)+/g, '$1').trim()
  return plain === '' ? undefined : (validRange(plain, { loose: true }) ?? undefined)
}

/** Whether one version can be meant by both, as far as they are understood. */
export function overlap(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined || intersects(one, other, { loose: true, includePrerelease: true })
}

/** Whether a range begins below another one. */
export function isOlder(one: string, other: string): boolean {
  const [a, b] = [minVersion(one), minVersion(other)]
  return a !== null && b !== null && a.compare(b) < 0
}

/** https://guides.rubygems.org/patterns/#pessimistic-version-constraint; Hex's is the same. */
function gems(text: string): string {
  return text
    .replace(/~>\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?/g, (_, major: string, minor?: string, patch?: string) =>
      patch === undefined
        ? `>=${major}.${minor ?? 0}.0 <${Number(major) + 1}.0.0`
        : `>=${major}.${minor}.${patch} <${major}.${Number(minor) + 1}.0`,
    )
    .replace(/==\s*/g, '')
    .replace(/\band\b|,/g, ' ')
    .replace(/\bor\b/g, '||')
}

/** https://packaging.python.org/en/latest/specifications/version-specifiers/ */
function specifiers(text: string): string {
  return text
    .replace(/~=\s*(\d+)\.(\d+)\.(\d+)/g, '~$1.$2.$3')
    .replace(/~=\s*(\d+)\.(\d+)/g, '^$1.$2')
    .replace(/!=\s*[\d.*]+/g, '')
    .replace(/={2,3}\s*/g, '')
    .replaceAll(',', ' ')
}
