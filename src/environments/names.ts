/** Names that no environment may bear, because they are commands of parity's own or have a fixed meaning. */
export const reservedNames: ReadonlySet<string> = new Set([
  ...['all', 'cache', 'check', 'completion', 'doctor', 'environments', 'help', 'init', 'link', 'local', 'parity', 'pr_app', 'unlink', 'version'],
  ...['backup', 'backups', 'console', 'deploy', 'diff', 'migrate', 'psql', 'restore', 'restore-from', 'run', 'services', 'start', 'tail', 'undo'],
])
