/** The files of the sample project, a small Rails app on paper. */
export const sampleFiles: Record<string, string> = {
  Gemfile: `source "https://rubygems.org"

ruby file: ".ruby-version"

gem "rails", "~> 8.0"
gem "pg", "~> 1.5"
gem "redis", "~> 5.0"
`,
  '.ruby-version': '3.3.6\n',
  Procfile: 'web: bin/rails server -p $PORT\nworker: bundle exec sidekiq\n',
  'app.json': '{ "name": "acme", "addons": ["heroku-postgresql:essential-0"], "stack": "heroku-24" }\n',
  '.parityrc': `environments:
  demo: acme-demo
`,
  'config/database.yml': `default: &default
  adapter: postgresql
  encoding: unicode
  pool: <%= ENV.fetch("RAILS_MAX_THREADS") { 5 } %>

development:
  <<: *default
  host: <%= ENV.fetch("PGHOST", "127.0.0.1") %>
  port: <%= ENV.fetch("PGPORT") { 5432 } %>
  username: <%= ENV["PGUSER"] %>
  database: <%= ENV.fetch("ACME_DATABASE", "acme_development") %>

test:
  <<: *default
  database: acme_test

production:
  <<: *default
  url: <%= ENV["DATABASE_URL"] %>
`,
  'bin/rails': '#!/bin/sh\nexec rails "$@"\n',
  'app/models/article.rb': 'class Article < ApplicationRecord\n  belongs_to :user\nend\n',
  'README.md': '# Acme\n\nThe sample project of the sandbox.\n',
}

const model = (lines: string) => `class Article < ApplicationRecord\n  belongs_to :user\n${lines}end\n`

export type SampleCommit = {
  branch: string
  daysAgo: number
  author: string
  message: string
  files: Record<string, string>
}

const ada = 'Ada Example <ada@acme.test>'
const grace = 'Grace Example <grace@acme.test>'

/** The history: production runs commit number 4 (counted from 1), staging number 6, and main has one more. */
export const sampleCommits: SampleCommit[] = [
  { branch: 'main', daysAgo: 40, author: ada, message: 'Start', files: sampleFiles },
  {
    branch: 'main',
    daysAgo: 30,
    author: grace,
    message: 'Add users',
    files: { 'app/models/user.rb': 'class User < ApplicationRecord\n  has_many :articles\nend\n' },
  },
  {
    branch: 'main',
    daysAgo: 21,
    author: ada,
    message: 'Ask articles for a title',
    files: { 'app/models/article.rb': model('  validates :title, presence: true\n') },
  },
  {
    branch: 'main',
    daysAgo: 12,
    author: grace,
    message: 'Publish articles',
    files: { 'app/models/article.rb': model('  scope :published, -> { where.not(published_at: nil) }\n') },
  },
  {
    branch: 'main',
    daysAgo: 6,
    author: ada,
    message: 'Add a summary to articles',
    files: {
      'db/migrate/20250101000000_add_summary_to_articles.rb':
        'class AddSummaryToArticles < ActiveRecord::Migration[8.0]\n  def change\n    add_column :articles, :summary, :text\n  end\nend\n',
    },
  },
  {
    branch: 'main',
    daysAgo: 3,
    author: grace,
    message: 'Say what Acme is',
    files: { 'README.md': '# Acme\n\nArticles by people.\n' },
  },
  { branch: 'main', daysAgo: 0.2, author: ada, message: 'Use Ruby 3.3.7', files: { '.ruby-version': '3.3.7\n' } },
  {
    branch: 'new-checkout',
    daysAgo: 0.1,
    author: grace,
    message: 'Begin the new checkout',
    files: { 'app/models/checkout.rb': 'class Checkout\nend\n' },
  },
]

/** How many commits of main each app has got so far. */
export const deployedCommits = {
  'acme-production': 4,
  'acme-staging': 6,
  'acme-demo': 2,
  'acme-staging-pr-7': 7,
} as const
