/**
 * Heroku's commands that read and change nothing, ask nothing, and leave the terminal alone: those that may run on several apps at
 * once. Kept by hand: what is missing here is refused, which does no harm.
 */
const reading = `
access addons addons:info apps:errors apps:info apps:stacks buildpacks certs certs:info config config:get
domains domains:info drains features features:info info labs labs:info logs maintenance
pg pg:backups pg:backups:info pg:backups:schedules pg:bloat pg:blocking pg:cache-hit pg:cache_hit pg:calls
pg:credentials pg:diagnose pg:index-size pg:index-usage pg:index_size pg:index_usage pg:info pg:links pg:locks
pg:long-running-queries pg:long_running_queries pg:outliers pg:ps pg:records-rank pg:records_rank pg:seq-scans
pg:seq_scans pg:settings pg:table-indexes-size pg:table-size pg:table_indexes_size pg:table_size
pg:total-index-size pg:total-table-size pg:total_index_size pg:total_table_size pg:unused-indexes
pg:unused_indexes pg:vacuum-stats
ps redis redis:info releases releases:info releases:output stack webhooks
`

/** The names in the list. */
export const readingCommands: readonly string[] = reading.split(/\s+/).filter(Boolean)
