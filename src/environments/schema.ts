import * as v from 'valibot'
import { environment } from './schema-environment.ts'
import { app, commandLine, counted, duration, flag, folderOf, text, texts } from './schema-values.ts'

/** The one definition of the configuration. Each message says what a value *should be*; `configuration.ts` puts file and path before it. */

const aScrubRule = 'email, name, phone, address, text, number, null, uuid, or an SQL expression in quotes'
const scrubRule = v.pipe(
  v.nullable(v.pipe(v.string(aScrubRule), v.nonEmpty(aScrubRule))),
  v.description('A preset, or an SQL expression for the new value.'),
)

const scrub = v.pipe(
  v.objectWithRest(
    {
      strict: v.optional(flag('Fail when a column looks personal and is neither scrubbed nor kept.')),
      optional: v.optional(flag('Allow --no-scrub.')),
      keep: v.optional(
        texts('a list of columns such as users.city', 'Columns that stay as they are: users.city, *.country_name.'),
      ),
      personal: v.optional(
        texts('a list of column names such as *_note', 'More names of columns that look personal: staff_no, *_note.'),
      ),
    },
    v.record(v.string(), scrubRule, 'a map of columns to presets or SQL expressions'),
    'a map of tables',
  ),
  v.description('What becomes of personal data before the restored database takes the name: table → column → rule.'),
)

const aShare = 'a share in percent, 0 to 100'
const check = v.strictObject(
  {
    thresholds: v.optional(
      v.strictObject(
        {
          commits: v.optional(counted('How many commits may wait without being a gap. Default 0.')),
          age: v.optional(duration),
          leadTime: v.optional(duration),
          deploysPerWeek: v.optional(counted('How many deploys a week there should be at least.')),
          releasedByAuthors: v.optional(
            v.pipe(
              v.number(aShare),
              v.minValue(0, aShare),
              v.maxValue(100, aShare),
              v.description('How many percent of the commits should be released by one of their authors at least.'),
            ),
          ),
        },
        'an object',
      ),
    ),
    ignore: v.optional(
      v.pipe(
        v.record(
          v.string(),
          text('the reason, in words', 'Why that is meant to be so; the report prints it.'),
          'a map of ids of findings to reasons',
        ),
        v.description('Findings that are meant: id (with * for any characters) → the reason, which is printed.'),
      ),
    ),
    people: v.optional(
      v.pipe(
        v.picklist(['names', 'counts'], 'names or counts'),
        v.description('Whether people are named, or only counted. Default names.'),
      ),
    ),
    timeout: v.optional(counted('Seconds that Heroku is waited for. Default 20.')),
  },
  'an object',
)

const aVersion = 'a version in quotes such as "7.2"'
const service = v.strictObject(
  {
    version: v.optional(
      v.pipe(
        v.string(aVersion),
        v.regex(/^\d+(\.\d+)*$/, aVersion),
        v.description('The version that production runs, where Heroku does not show it.'),
      ),
    ),
  },
  'an object with `version`',
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
            folder: v.optional(
              folderOf(
                'The folder whose `.env` and `config/database.yml` name the local database; else the nearest one with an application in it.',
              ),
            ),
            start: v.optional(commandLine),
            allowHosts: v.optional(
              texts('a list of host names', 'Hosts that count as this machine, beside loopback and sockets.'),
            ),
          },
          'an object',
        ),
      ),
      commands: v.optional(
        v.pipe(
          v.record(v.string(), commandLine, 'a map of verbs to commands'),
          v.description(
            'Commands of the project, in every environment: in a dyno there, as a process here. `console` and `migrate` are detected without it.',
          ),
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
            excludeTableData: v.optional(
              texts(
                'a list of tables such as public.events or audit_*',
                'Tables that stay without rows: patterns as for `pg_dump --exclude-table-data`.',
              ),
            ),
            allowMissing: v.optional(
              texts(
                'a list of names such as public.users_email',
                'Indexes, keys and views that the restore goes on without if they cannot be made here; a foreign key that rows break is made NOT VALID.',
              ),
            ),
            pristine: v.optional(
              flag('Keep a copy of what was restored, so that the same restore again takes seconds. Default true.'),
            ),
            scrub: v.optional(scrub),
            scrubFile: v.optional(text('the path of an SQL file', 'One SQL file, as in `scrubFiles`.')),
            scrubFiles: v.optional(
              texts(
                'a list of SQL files',
                'SQL files that psql runs on the restored database after the rules, before it takes the name.',
              ),
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
      check: v.optional(check),
      services: v.optional(
        v.pipe(
          v.record(v.string(), service, 'a map of services to versions'),
          v.description(
            'What `development services` cannot see of production, by service: postgres, redis, redis-cache.',
          ),
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

/** What `parity check` is to make of what it finds. */
export type CheckSettings = v.InferOutput<typeof check>

/** The configuration as written, checked and nothing else. */
export type ConfigurationFile = v.InferOutput<typeof configurationSchema>
