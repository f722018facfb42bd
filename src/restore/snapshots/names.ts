/** `2026-11-21-0905` by the clock of this machine, and `2026-11-21-0905-2` for the second of a minute. */
export function nameAfter(now: Date, taken: readonly string[]): string {
  const two = (number: number) => String(number).padStart(2, '0')
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-')
  const name = `${day}-${two(now.getHours())}${two(now.getMinutes())}`
  for (let count = 1; ; count++) {
    const free = count === 1 ? name : `${name}-${count}`
    if (!taken.includes(free)) return free
  }
}
