/** A time of the configuration in milliseconds: `30m`, `24h`, `7d`; a bare number counts hours. */
export function milliseconds(time: string | number): number {
  if (typeof time === 'number') return time * 3_600_000
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[time.at(-1) ?? 'h'] ?? 3_600_000
  return Number(time.slice(0, -1)) * unit
}
