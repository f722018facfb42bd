import * as v from 'valibot'
import { app, commandLine, flag, folderOf, text } from './schema-values.ts'

const anAfterStep = 'one of `psql: FILE`, `run: COMMAND` and `restart: true`'
const afterStep = v.pipe(
  v.strictObject(
    {
      psql: v.optional(text('the path of a file of SQL', 'A file for psql, from the root of the project.')),
      run: v.optional(commandLine),
      restart: v.optional(v.pipe(v.literal(true, 'true'), v.description('Restart the app.'))),
    },
    anAfterStep,
  ),
  v.minEntries(1, anAfterStep),
  v.maxEntries(1, anAfterStep),
  v.description('A file for psql, a command in a one-off dyno, or a restart.'),
)

/** What `environments` says of one. */
export const environment = v.strictObject(
  {
    app: v.optional(app),
    remote: v.optional(
      text('the name of a git remote', 'The git remote that `deploy` pushes to; without one, the git URL of the app.'),
    ),
    protected: v.optional(flag('Refuse to overwrite its database without --force and the typed name of the app.')),
    branch: v.optional(text('the name of a branch', 'What `deploy` ships when nothing else is said.')),
    folder: v.optional(
      folderOf(
        'The folder of the app in the repository: its framework and its Procfile are read there; the whole repository is pushed.',
      ),
    ),
    from: v.optional(
      text(
        'the name of an environment',
        'Where its data usually comes from: named first when `restore` is typed without a source.',
      ),
    ),
    restore: v.optional(
      v.strictObject(
        {
          after: v.optional(
            v.pipe(
              v.array(afterStep, 'a list of steps'),
              v.description('What is done after each restore into it, in order, until one fails.'),
            ),
          ),
        },
        'an object with `after`',
      ),
    ),
  },
  'an app name, or an object with `app`',
)

/** A step of `environments.NAME.restore.after`. */
export type AfterStep = v.InferOutput<typeof afterStep>
