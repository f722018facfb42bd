import { quoteIdentifier } from './identifiers.ts'
import type { Session } from './server.ts'

/** A table, or what looks like one, and everything that has a say when values in it change. */
export type TableFacts = TableName & {
  readonly kind: TableKind
  readonly isPartition: boolean
  /** The table that it is a partition of, or that it inherits from. */
  readonly parent: TableName | null
  /** Whether its policies bind even its owner, who would then not see every row. */
  readonly forcesRowSecurity: boolean
  readonly columns: readonly ColumnFacts[]
  readonly indexes: readonly IndexFacts[]
  readonly foreignKeys: readonly ForeignKeyFacts[]
  readonly hooks: readonly HookFacts[]
}

export type TableName = { readonly schema: string; readonly name: string }

type TableKind = 'table' | 'partitioned table' | 'view' | 'materialized view' | 'foreign table'

export type ColumnFacts = {
  readonly name: string
  /** As a person writes it: `character varying(20)`, `heroku_ext.citext`. */
  readonly type: string
  /** The type without its length, that of a domain looked through: `varchar`, `citext`, `int4`. */
  readonly baseType: string
  /** Characters that fit into it; null for no limit. */
  readonly length: number | null
  /** Digits behind the point of a numeric that has been given a precision. */
  readonly scale: number | null
  readonly isRequired: boolean
  readonly isGenerated: boolean
  /** `GENERATED ALWAYS AS IDENTITY`: only Postgres writes it. */
  readonly isIdentity: boolean
  readonly isPartitionKey: boolean
}

type IndexFacts = {
  readonly name: string
  /** Whether it keeps two rows from being alike: unique, or an exclusion. */
  readonly isUnique: boolean
  /** Every column it looks at: keys, those of expressions and conditions, and included ones. */
  readonly columns: readonly string[]
  /** The statement that makes it, and what follows: its comment, its part in `REPLICA IDENTITY` and `CLUSTER`. */
  readonly create: readonly string[]
  /** The constraint that it stands for. */
  readonly constraint: string | null
}

export type ForeignKeyFacts = {
  readonly name: string
  readonly columns: readonly string[]
  readonly references: TableName & { readonly columns: readonly string[] }
  /** The index of the referenced table that it leans on. */
  readonly index: string
  readonly create: readonly string[]
}

/** A trigger or rule that an UPDATE would set off. */
type HookFacts = {
  readonly kind: 'trigger' | 'rule'
  readonly name: string
  /** `ENABLE ALWAYS`, by which it also fires in replicas. */
  readonly always: boolean
}

/** `"schema"."name"`, as SQL wants it. */
export function qualified({ schema, name }: TableName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
}

/** `schema.name`, for people. */
export function pathOf({ schema, name }: TableName): string {
  return `${schema}.${name}`
}

export function isSameTable(one: TableName, other: TableName): boolean {
  return one.schema === other.schema && one.name === other.name
}

/** The table with its partitions and all that inherits from it: what an UPDATE of the table changes. */
export function familyOf(table: TableFacts, tables: readonly TableFacts[]): TableFacts[] {
  const children = tables.filter(({ parent }) => parent && isSameTable(parent, table))
  return [table, ...children.flatMap((child) => familyOf(child, tables))]
}

/** Every table, view and the like of the database, but for the server's own and those of extensions. Changes nothing. */
export async function readTables(session: Session): Promise<TableFacts[]> {
  const [{ number = 0 } = {}] = await session.query<{ number: number }>(
    "SELECT current_setting('server_version_num')::int AS number",
  )
  // Without a search path the server names every table in full, also in the statements that it writes for us.
  await session.query("SET search_path TO ''")
  const tables = await session.query<TableFacts>(tablesQuery(number))
  await session.query('RESET search_path')
  return tables
}

/** Generated columns came with Postgres 12, copies of triggers in partitions that bear their parent's name with 13. */
function tablesQuery(version: number): string {
  const generated = version >= 120_000 ? "a.attgenerated <> ''" : 'false'
  return `
    SELECT n.nspname AS schema, c.relname AS name, c.relispartition AS "isPartition",
           CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
                          WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END AS kind,
           (SELECT json_build_object('schema', pn.nspname, 'name', p.relname)
              FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
             WHERE i.inhrelid = c.oid ORDER BY i.inhseqno LIMIT 1) AS parent,
           c.relrowsecurity AND c.relforcerowsecurity AS "forcesRowSecurity",
           (${columnsOf(generated)}) AS columns,
           (${indexesOf}) AS indexes,
           (${foreignKeysOf}) AS "foreignKeys",
           (${hooksOf}) AS hooks
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY 1, 2`
}

const columnsOf = (generated: string) => `
  SELECT coalesce(json_agg(json_build_object(
           'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'baseType', b.typname,
           'length', CASE WHEN b.typname IN ('varchar', 'bpchar') AND m.modifier > 0 THEN m.modifier - 4
                          WHEN b.typname = 'name' THEN 63 END,
           'scale', CASE WHEN b.typname = 'numeric' AND m.modifier > 0 THEN (m.modifier - 4) & 2047 END,
           'isRequired', a.attnotnull OR t.typnotnull, 'isGenerated', ${generated}, 'isIdentity', a.attidentity = 'a',
           'isPartitionKey', EXISTS (SELECT FROM pg_partitioned_table k WHERE k.partrelid = c.oid AND a.attnum = ANY (k.partattrs))
         ) ORDER BY a.attnum), '[]')
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    CROSS JOIN LATERAL (
      WITH RECURSIVE down AS (
        SELECT t.oid, t.typbasetype, a.atttypmod AS modifier
        UNION ALL
        SELECT u.oid, u.typbasetype, CASE WHEN d.modifier > 0 THEN d.modifier ELSE o.typtypmod END
          FROM down d JOIN pg_type o ON o.oid = d.oid JOIN pg_type u ON u.oid = d.typbasetype)
      SELECT oid, modifier FROM down WHERE typbasetype = 0) m
    JOIN pg_type b ON b.oid = m.oid
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`

/** Those of partitions that belong to an index of their parent come and go with it, and are left out. */
const indexesOf = `
  SELECT coalesce(json_agg(json_build_object(
           'name', x.relname, 'isUnique', i.indisunique OR i.indisexclusion, 'constraint', k.conname,
           'columns', (SELECT coalesce(json_agg(a.attname), '[]') FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND (a.attnum = ANY (i.indkey) OR EXISTS (
                              SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                                 AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum))),
           'create', array_remove(ARRAY[
             CASE WHEN k.oid IS NULL
                  -- Said of a partitioned table, ONLY would make an index without those of its partitions.
                  THEN replace(pg_get_indexdef(x.oid), format(' ON ONLY %I.%I ', n.nspname, c.relname), format(' ON %I.%I ', n.nspname, c.relname))
                  ELSE format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid)) END,
             format('COMMENT ON INDEX %I.%I IS ', n.nspname, x.relname) || quote_literal(obj_description(x.oid, 'pg_class')),
             CASE WHEN k.oid IS NOT NULL
                  THEN format('COMMENT ON CONSTRAINT %I ON %I.%I IS ', k.conname, n.nspname, c.relname)
                       || quote_literal(obj_description(k.oid, 'pg_constraint')) END,
             CASE WHEN i.indisclustered THEN format('ALTER TABLE %I.%I CLUSTER ON %I', n.nspname, c.relname, x.relname) END,
             CASE WHEN i.indisreplident THEN format('ALTER TABLE %I.%I REPLICA IDENTITY USING INDEX %I', n.nspname, c.relname, x.relname) END
           ], NULL)) ORDER BY x.relname), '[]')
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
    LEFT JOIN pg_constraint k ON k.conindid = x.oid AND k.contype IN ('p', 'u', 'x')
   WHERE i.indrelid = c.oid AND c.relkind IN ('r', 'p') AND NOT x.relispartition`

const foreignKeysOf = `
  SELECT coalesce(json_agg(json_build_object(
           'name', k.conname,
           'columns', (SELECT json_agg(a.attname ORDER BY p.place) FROM unnest(k.conkey) WITH ORDINALITY p (number, place)
                         JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.number),
           'references', json_build_object('schema', rn.nspname, 'name', r.relname,
             'columns', (SELECT json_agg(a.attname ORDER BY p.place) FROM unnest(k.confkey) WITH ORDINALITY p (number, place)
                           JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = p.number)),
           'index', x.relname,
           'create', array_remove(ARRAY[
             format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid)),
             format('COMMENT ON CONSTRAINT %I ON %I.%I IS ', k.conname, n.nspname, c.relname)
               || quote_literal(obj_description(k.oid, 'pg_constraint'))
           ], NULL)) ORDER BY k.conname), '[]')
    FROM pg_constraint k JOIN pg_class r ON r.oid = k.confrelid JOIN pg_namespace rn ON rn.oid = r.relnamespace
    JOIN pg_class x ON x.oid = k.conindid
   WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conparentid = 0`

/** What is switched off already stays so. 16 is the bit of triggers on UPDATE, '2' the rules on it. */
const hooksOf = `
  SELECT coalesce(json_agg(h ORDER BY h.kind, h.name), '[]')
    FROM (SELECT 'trigger' AS kind, tgname AS name, tgenabled = 'A' AS always FROM pg_trigger
           WHERE tgrelid = c.oid AND NOT tgisinternal AND tgtype & 16 <> 0 AND tgenabled IN ('O', 'A')
          UNION ALL
          SELECT 'rule', rulename, ev_enabled = 'A' FROM pg_rewrite
           WHERE ev_class = c.oid AND ev_type = '2' AND ev_enabled IN ('O', 'A')) h`
