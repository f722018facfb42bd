import type { Voice, Watch } from './watch.ts'

/**
 * Who shows a plan: one live line a stage on a terminal, one plain line a stage in a pipe or in CI, one event a line for programs.
 * What draws on a terminal is loaded only there.
 */
export async function openWatch(voice: Voice): Promise<Watch> {
  if (voice.json) return (await import('./events.ts')).eventWatch(voice)
  const isLive = voice.verbosity === 'normal' && process.stderr.isTTY && !process.env.CI && process.env.TERM !== 'dumb'
  if (isLive) return (await import('./live.ts')).liveWatch()
  return (await import('./plain.ts')).plainWatch(voice)
}
