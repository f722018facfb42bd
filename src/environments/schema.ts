import * as v from 'valibot'

/** The one definition of the configuration. Each message says what a value *should be*; `configuration.ts` puts file and path before it. */

const app = v.pipe(
  v.string('a Heroku app name (a-z, 0-9, -)'),
  v.regex(/^[a-z][a-z0-9-]*$/, 'a Heroku app name (a-z, 0-9, -)'),
  v.title('app'),
  v.description('The name of the Heroku app, as in `heroku apps`.'),
)
const text = (expected: string, description: string) =>
  v.pipe(v.string(expected), v.nonEmpty(expected), v.description(description))
const flag = (description: string) => v.pipe(v.boolean('true or false'), v.description(description))
const texts = (expected: string, description: string) =>
  v.pipe(v.array(v.string(expected), expected), v.description(description))

const aCommand = 'a command line, or a list of words'
const commandLine = v.pipe(
  v.union(
    [v.pipe(v.string(), v.nonEmpty(aCommand)), v.pipe(v.array(v.string(aCommand)), v.nonEmpty(aCommand))],
    aCommand,
  ),
  v.description('A command: one line, split into words without a shell, or a list of words.'),
)

const environment = v.strictObject(
  {
    app: v.optional(app),
    remote: v.optional(
      text('the name of a git remote', 'The git remote that `deploy` pushes to; without one, the git URL of the app.'),
    ),
    protected: v.optional(flag('Refuse to overwrite its database without --force and the typed name of the app.')),
    branch: v.optional(text('the name of a branch', 'What `deploy` ships when nothing else is said.')),
    from: v.optional(
      text(
        'the name of an environment',
        'Where its data usually comes from: named first when `restore` is typed without a source.',
      ),
    ),
    url: v.optional(text('an address', 'Where people reach it.')),
  },
  'an app name, or an object with `app`',
)

const aTime = 'a time such as 30m, 24h or 7d'
const duration = v.pipe(
  v.union([v.pipe(v.string(), v.regex(/^\d+(m|h|d)$/, aTime)), v.pipe(v.number(), v.minValue(0, aTime))], aTime),
  v.description('A time such as 30m, 24h or 7d; a bare number counts hours.'),
)

export const configurationSchema = v.pipe(
  v.strictObject(
    {
      $schema: v.optional(v.string('the address of the JSON Schema')),
      environments: v.optional(
        v.pipe(
          v.record(
            v.string(),
            v.union([app, environment], 'a Heroku app name (a-z, 0-9, -), or an object with `app`'),
            'a map of names to apps',
          ),
          v.description('What a person types → which Heroku app is meant.'),
        ),
      ),
      development: v.optional(
        v.strictObject(
          {
            database: v.optional(
              text(
                'a database URL or name',
                'The local database: a URL or a name, with environment variables in it expanded.',
              ),
            ),
            allowHosts: v.optional(
              texts('a list of host names', 'Hosts that count as this machine, beside loopback and sockets.'),
            ),
          },
          'an object',
        ),
      ),
      commands: v.optional(
        v.pipe(
          v.strictObject(
            { console: v.optional(commandLine), migrate: v.optional(commandLine) },
            'a map of verbs to commands',
          ),
          v.description('What `console` and `migrate` run; detected from the project without it.'),
        ),
      ),
      restore: v.optional(
        v.strictObject(
          {
            warnAfter: v.optional(duration),
            keep: v.optional(
              v.pipe(
                v.number('a number of dumps'),
                v.integer('a whole number'),
                v.minValue(1, 'at least 1'),
                v.description('How many downloaded dumps of an app are kept.'),
              ),
            ),
            jobs: v.optional(
              v.pipe(
                v.number('a number of jobs'),
                v.integer('a whole number'),
                v.minValue(1, 'at least 1'),
                v.description('Parallel jobs of pg_restore.'),
              ),
            ),
            skipExtensions: v.optional(
              texts('a list of extension names', 'Extensions of the backup that are not created here.'),
            ),
            after: v.optional(
              v.pipe(
                v.array(commandLine, 'a list of commands'),
                v.description('Run on the restored database before it takes the name.'),
              ),
            ),
          },
          'an object',
        ),
      ),
      reviewApps: v.optional(
        v.strictObject(
          {
            pattern: v.optional(
              v.pipe(
                v.string('an app name with {number}'),
                v.includes('{number}', 'an app name with {number}'),
                v.description('The name of a review app where the pipeline can’t be asked: acme-pr-{number}.'),
              ),
            ),
          },
          'an object',
        ),
      ),
    },
    'a map of settings',
  ),
  v.title('heroku-parity'),
)

/** The configuration as written, checked and nothing else. */
export type ConfigurationFile = v.InferOutput<typeof configurationSchema>
