# What Rails would connect to, for each of the shapes on stdin: ERB, Psych and ActiveRecord themselves, and what railties do between them.
require 'json'
require 'tempfile'
require 'logger'
require 'pathname'
require 'active_record'
require 'active_record/database_configurations'
require 'active_support/configuration_file'
require 'active_support/core_ext/object/json'
require 'active_support/core_ext/hash'

module Rails
  def self.env = ActiveSupport::StringInquirer.new('development')
  def self.root = Pathname.new('/app')
end
ENV['RAILS_ENV'] = 'development'

# https://github.com/rails/rails/blob/v7.1.0/railties/lib/rails/application/configuration.rb#L425
def database_configuration(path)
  loaded = ActiveSupport::ConfigurationFile.parse(path)
  if (shared = loaded.delete('shared'))
    loaded.each_value do |config|
      if config.is_a?(Hash) && config.values.all?(Hash)
        if shared.is_a?(Hash) && shared.values.all?(Hash)
          config.map { |name, sub| sub.reverse_merge!(shared[name]) }
        else
          config.map { |_, sub| sub.reverse_merge!(shared) }
        end
      else
        config.reverse_merge!(shared)
      end
    end
  end
  loaded
end

# https://github.com/rails/rails/blob/v7.1.0/activerecord/lib/active_record/connection_adapters/postgresql_adapter.rb#L340
def connection(config)
  params = config.symbolize_keys.compact
  params[:user] = params.delete(:username) if params[:username]
  params[:dbname] = params.delete(:database) if params[:database]
  names = { host: 'host', port: 'port', user: 'user', password: 'password', dbname: 'database', sslmode: 'sslmode' }
  params.slice(*names.keys).to_h { |key, value| [names[key], value.to_s] }.reject { |_, value| value.empty? }
end

def answer(shape)
  before = ENV.to_h
  ENV.update(shape['environment'] || {})
  file = Tempfile.new('database.yml')
  file.write(shape['yml'])
  file.close
  found = ActiveRecord::DatabaseConfigurations.new(database_configuration(file.path)).configurations
  ours = found.select { |config| config.env_name == 'development' }
  wanted = shape['entry'] || 'primary'
  config = ours.find { |one| one.name == wanted } || (ours.first unless shape['entry'])
  return { error: 'no such entry' } if config.nil?
  hash = config.configuration_hash
  adapter = hash[:adapter].to_s
  adapter.match?(/postg|timescale/) || adapter.empty? ? { connection: connection(hash) } : { adapter: adapter }
rescue Exception => e
  { error: e.class.name }
ensure
  ENV.replace(before)
end

answers = JSON.parse($stdin.read).to_h { |shape| [shape['name'], answer(shape)] }
versions = [RUBY_VERSION, Psych::VERSION, ActiveRecord::VERSION::STRING].map { |version| version[/\d+\.\d+/] }
puts JSON.pretty_generate({ versions: %w[ruby psych activerecord].zip(versions).to_h, answers: answers })
