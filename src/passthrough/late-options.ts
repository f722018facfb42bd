/** What of Heroku's options a command for a dyno ended with, and the rest of it. */
type LateOptions = {
  readonly options: readonly string[]
  readonly app: string | undefined
  readonly rest: readonly string[]
}

/** The names of dyno sizes: https://devcenter.heroku.com/articles/dyno-sizes, and the short ones of the CLI. */
const dynoSize = /^--size=(?:eco|basic|hobby|free|(?:standard|performance|private|shield)-[\w-]+|[12]x|px?[ml]?)$/i

/**
 * Options of `heroku run` at the end of its command, where scripts for the Heroku CLI often have them: there they would go to the program
 * in the dyno. Nothing else is taken for one: a size must be a dyno's, and an app one of `apps`. Behind `--` every word is the program's.
 */
export function lateOptions(words: readonly string[], apps: readonly string[]): LateOptions {
  const options: string[] = []
  let app: string | undefined
  let rest = [...words]
  while (!words.includes('--')) {
    const last = rest.at(-1) ?? ''
    const joined = /^--app=(.+)$/.exec(last)?.[1]
    const named = joined ?? (/^(?:--app|-a)$/.test(rest.at(-2) ?? '') ? last : undefined)
    if (last === '--exit-code' || last === '--no-tty' || dynoSize.test(last)) {
      options.unshift(last)
      rest = rest.slice(0, -1)
    } else if (named !== undefined && apps.includes(named)) {
      app ??= named
      rest = rest.slice(0, joined === undefined ? -2 : -1)
    } else break
  }
  return { options, app, rest }
}
