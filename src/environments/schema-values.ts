import * as v from 'valibot'

/** The kinds of values that settings have. */

export const app = v.pipe(
  v.string('a Heroku app name (a-z, 0-9, -)'),
  v.regex(/^[a-z][a-z0-9-]*$/, 'a Heroku app name (a-z, 0-9, -)'),
  v.title('app'),
  v.description('The name of the Heroku app, as in `heroku apps`.'),
)
export const text = (expected: string, description: string) =>
  v.pipe(v.string(expected), v.nonEmpty(expected), v.description(description))
export const flag = (description: string) => v.pipe(v.boolean('true or false'), v.description(description))
export const texts = (expected: string, description: string) =>
  v.pipe(v.array(v.string(expected), expected), v.description(description))

const aCommand = 'a command line, or a list of words'
export const commandLine = v.pipe(
  v.union(
    [v.pipe(v.string(), v.nonEmpty(aCommand)), v.pipe(v.array(v.string(aCommand)), v.nonEmpty(aCommand))],
    aCommand,
  ),
  v.description('A command: one line, split into words without a shell, or a list of words.'),
)

const aFolder = 'the path of a folder in the repository, such as backend'
/** A folder of the repository, by a path that cannot lead out of it. */
export const folderOf = (description: string) =>
  v.pipe(v.string(aFolder), v.regex(/^(?![/\\])(?!(.*\/)?\.\.(\/|$))./, aFolder), v.description(description))
const aTime = 'a time such as 30m, 24h or 7d'
export const duration = v.pipe(
  v.union([v.pipe(v.string(), v.regex(/^\d+(m|h|d)$/, aTime)), v.pipe(v.number(), v.minValue(0, aTime))], aTime),
  v.description('A time such as 30m, 24h or 7d; a bare number counts hours.'),
)

const aCount = 'a number that is not negative'
export const counted = (description: string) =>
  v.pipe(v.number(aCount), v.minValue(0, aCount), v.description(description))
