/** The ways to name a database that need no `config/database.yml`. */
export const otherWays =
  'name the database with `--database URL`, as `development.database` in the configuration, or in `DATABASE_URL`'
