/** What runs on this machine in the place of an add-on. */
export const engines = ['postgres', 'redis', 'memcached', 'mail'] as const
export type Engine = (typeof engines)[number]

/** What an add-on service of Heroku's becomes on this machine. */
type Row = {
  /** The names of add-on services, as in `heroku addons`. */
  readonly slugs: readonly string[]
  /** What runs here; undefined where nothing does. */
  readonly engine?: Engine
  /** Why nothing runs here. */
  readonly instead?: string
  /** Where its version is known from: Heroku shows it, the configuration names it, or it does not matter. */
  readonly version?: 'heroku' | 'configuration' | 'any'
  /** Where the names of its config vars are written. */
  readonly source: string
}

const notNeeded = 'not needed in development'
const later = 'no recipe yet'

/** The add-ons that are known, a row for those that become the same. */
export const rows: readonly Row[] = [
  {
    slugs: ['heroku-postgresql'],
    engine: 'postgres',
    version: 'heroku',
    source: 'https://devcenter.heroku.com/articles/heroku-postgresql',
  },
  {
    slugs: ['heroku-redis'],
    engine: 'redis',
    version: 'heroku',
    source: 'https://devcenter.heroku.com/articles/heroku-redis',
  },
  {
    slugs: ['rediscloud', 'openredis', 'redisgreen', 'redistogo', 'stackhero-redis', 'memetria'],
    engine: 'redis',
    version: 'configuration',
    source: 'https://devcenter.heroku.com/articles/rediscloud',
  },
  {
    slugs: ['memcachier', 'memcachedcloud'],
    engine: 'memcached',
    version: 'configuration',
    source: 'https://devcenter.heroku.com/articles/memcachier',
  },
  {
    slugs: ['sendgrid', 'mailgun', 'postmark', 'mailertogo', 'mailtrap', 'sparkpost', 'sendinblue'],
    engine: 'mail',
    version: 'any',
    source: 'https://devcenter.heroku.com/articles/mailgun',
  },
  {
    slugs: ['cloudamqp', 'stackhero-rabbitmq'],
    instead: later,
    source: 'https://devcenter.heroku.com/articles/cloudamqp',
  },
  {
    slugs: ['heroku-kafka'],
    instead: later,
    source: 'https://devcenter.heroku.com/articles/kafka-on-heroku',
  },
  {
    slugs: ['bonsai', 'searchbox', 'foundelasticsearch', 'stackhero-elasticsearch', 'stackhero-opensearch'],
    instead: later,
    source: 'https://devcenter.heroku.com/articles/bonsai',
  },
  {
    slugs: ['jawsdb', 'jawsdb-maria', 'stackhero-mysql', 'stackhero-mariadb'],
    instead: later,
    source: 'https://devcenter.heroku.com/articles/jawsdb',
  },
  {
    slugs: ['ormongo', 'stackhero-mongodb'],
    instead: later,
    source: 'https://devcenter.heroku.com/articles/ormongo',
  },
  {
    slugs: ['bucketeer', 'cloudcube', 'stackhero-minio'],
    instead: later,
    source: 'https://devcenter.heroku.com/articles/bucketeer',
  },
  {
    slugs: ['scheduler', 'papertrail', 'logentries', 'newrelic', 'sentry', 'rollbar', 'scout', 'honeybadger', 'ssl'],
    instead: notNeeded,
    source: 'https://elements.heroku.com/addons',
  },
]
