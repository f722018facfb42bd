import type { Variables } from '../heroku/hosts.ts'
/** What Heroku says of a backup, as far as it tells one dump from another. */
export type BackupFacts = { readonly id: string; readonly uuid: string; readonly createdAt: Date; readonly sizeBytes: number | undefined }
export type CachedDump = { readonly app: string; readonly file: string; readonly bytes: number; readonly backup: BackupFacts }
/** `$XDG_CACHE_HOME/parity`, else `~/.cache/parity`. `home` is the person's home folder. */
export function cacheFolder(_environment: Variables, _home: string): string { throw new Error('stub') }
/** Makes the folder of an app, checks it, returns the path its dump of this id has. */
export async function prepareDumpFile(_cache: string, _app: string, _id: string): Promise<string> { throw new Error('stub') }
/** Notes beside a dump which backup it is; only then findDump will return it. */
export async function recordDump(_cache: string, _app: string, _backup: BackupFacts): Promise<CachedDump> { throw new Error('stub') }
export async function findDump(_cache: string, _app: string, _backup: BackupFacts): Promise<CachedDump | undefined> { throw new Error('stub') }
/** Newest backup first; of every app unless one is named. */
export async function listDumps(_cache: string, _app?: string): Promise<CachedDump[]> { throw new Error('stub') }
/** Removes all but the newest `keep` dumps of an app and never `inUse`, a file; returns what was removed. */
export async function pruneDumps(_cache: string, _app: string, _options: { readonly keep: number; readonly inUse?: string }): Promise<CachedDump[]> { throw new Error('stub') }
export async function removeDump(_dump: Pick<CachedDump, 'file'>): Promise<void> { throw new Error('stub') }
/** Removes everything of ours, begun downloads included; returns the bytes freed. */
export async function clearCache(_cache: string, _app?: string): Promise<number> { throw new Error('stub') }
export async function ensureFreeSpace(_folder: string, _bytes: number): Promise<void> { throw new Error('stub') }
