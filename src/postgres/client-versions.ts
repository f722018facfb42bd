/**
 * The archive format that each major version brought: `K_VERS_MINOR` in `src/bin/pg_dump/pg_backup_archiver.h` of the
 * release branches. 1.13 went into minor releases as well, with the fix for CVE-2018-1058 in March 2018.
 */
export const archiveFormats: readonly { readonly from: number; readonly minor: number }[] = [
  { from: 17, minor: 16 },
  { from: 16, minor: 15 },
  { from: 12, minor: 14 },
  { from: 11, minor: 13 },
  { from: 0, minor: 12 },
]

const firstMinorWithFormat13: Readonly<Record<number, number>> = { 10: 3, 9.6: 8, 9.5: 12, 9.4: 17, 9.3: 22 }

/** 15 of `15.18 (Debian 15.18-1)`, 9.6 of `9.6.24`, 18 of `18beta1`; 0 where no number is. */
export function majorVersion(version: string): number {
  const [, first = '0', second = '0'] = version.match(/(\d+)(?:\.(\d+))?/) ?? []
  return Number(first) >= 10 ? Number(first) : Number(`${first}.${second}`)
}

/** The newest archive format that release `version` reads and writes: `1.14` for `15.18`. */
export function archiveVersionOf(version: string): string {
  const major = majorVersion(version)
  const patch = Number(version.match(/^\d+(?:\.\d+)*?\.(\d+)(?![.\d])/)?.[1] ?? 0)
  if (major < 11 && patch >= (firstMinorWithFormat13[major] ?? Number.POSITIVE_INFINITY)) return '1.13'
  return `1.${archiveFormats.find(({ from }) => major >= from)?.minor ?? 12}`
}

/** The release in what `pg_restore --version` prints: `pg_restore (PostgreSQL) 15.18 (Debian …)`. */
export function parseVersion(output: string): string | undefined {
  return output.match(/\)\s+(\d+\S*)/)?.[1]
}
