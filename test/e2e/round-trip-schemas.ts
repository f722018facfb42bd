/** A schema of a kind that a load could stumble over. */
export type Schema = {
  readonly name: string
  /** Whether it takes a superuser to make it. */
  readonly isPrivileged?: boolean
  readonly sql: string
  /**
   * What a server of that release can't make of the dump of an older one, as `--allow-missing` names it and as the warning does: from 17 on
   * indexes and materialized views are made with an empty search path.
   */
  readonly missing?: Readonly<Record<number, readonly { readonly name: string; readonly words: string }[]>>
}

const unqualified: Schema = {
  name: 'unqualified',
  isPrivileged: true,
  sql: `
    CREATE EXTENSION unaccent; CREATE EXTENSION cube; CREATE EXTENSION earthdistance;
    CREATE FUNCTION plain(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(unaccent(t))';
    CREATE TABLE docs (id int PRIMARY KEY, title text, lat float8, lng float8);
    INSERT INTO docs SELECT n, 'Über ' || n, n % 90, n % 180 FROM generate_series(1, 300) n;
    CREATE INDEX docs_plain ON docs (plain(title));
    CREATE INDEX docs_place ON docs USING gist (ll_to_earth(lat, lng));
    COMMENT ON INDEX docs_place IS 'where it is';
    CREATE FUNCTION titles() RETURNS bigint LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT count(*) FROM docs); END $$;
    CREATE MATERIALIZED VIEW totals AS SELECT titles() AS n;
    CREATE UNIQUE INDEX totals_once ON totals (n);
    CREATE VIEW totals_seen AS SELECT n + titles() AS n FROM totals;`,
  missing: {
    17: [
      { name: 'public.docs_plain', words: 'index public.docs_plain' },
      { name: 'public.totals', words: 'rows of the materialized view public.totals' },
    ],
  },
}

const hidden: Schema = {
  name: 'hidden',
  sql: `
    CREATE TABLE tenants (id int PRIMARY KEY, secret text); INSERT INTO tenants SELECT n, md5(n::text) FROM generate_series(1, 200) n;
    CREATE TABLE notes (id int PRIMARY KEY, tenant int NOT NULL REFERENCES tenants ON DELETE CASCADE, note text);
    INSERT INTO notes SELECT n, 1 + n % 200, 'note ' || n FROM generate_series(1, 1000) n;
    CREATE INDEX ON notes (tenant);
    CREATE MATERIALIZED VIEW counts AS SELECT tenant, count(*) FROM notes GROUP BY 1;
    CREATE UNIQUE INDEX ON counts (tenant);
    CREATE FUNCTION mine(int) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT $1::text = current_setting('app.tenant', true) $$;
    CREATE POLICY only_mine ON notes AS RESTRICTIVE FOR SELECT USING (mine(tenant));
    CREATE POLICY any_new ON notes FOR INSERT TO public WITH CHECK (EXISTS (SELECT FROM tenants t WHERE t.id = tenant));
    CREATE POLICY nobody ON tenants USING (false);
    COMMENT ON POLICY nobody ON tenants IS 'hides all';
    ALTER TABLE tenants ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE VIEW notes_of_mine WITH (security_barrier, security_invoker) AS SELECT id, note FROM notes;`,
}

const privileged: Schema = {
  name: 'privileged',
  isPrivileged: true,
  sql: `
    CREATE EXTENSION postgres_fdw; CREATE EXTENSION hstore; COMMENT ON EXTENSION hstore IS 'for the old settings';
    COMMENT ON SCHEMA public IS 'all of it';
    CREATE SERVER archive FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'archive.internal', dbname 'old');
    CREATE USER MAPPING FOR developer SERVER archive OPTIONS (user 'reader');
    CREATE USER MAPPING FOR public SERVER archive OPTIONS (user 'anybody');
    CREATE FOREIGN TABLE old_orders (id int OPTIONS (column_name 'nr'), total numeric CHECK (total > 0)) SERVER archive
      OPTIONS (table_name 'orders');
    CREATE TABLE orders (id int, total numeric) PARTITION BY RANGE (id);
    CREATE TABLE orders_new PARTITION OF orders FOR VALUES FROM (100) TO (MAXVALUE);
    CREATE FOREIGN TABLE orders_old PARTITION OF orders FOR VALUES FROM (MINVALUE) TO (100) SERVER archive;
    INSERT INTO orders SELECT n, n FROM generate_series(100, 400) n;
    CREATE TABLE settings (id int PRIMARY KEY, kept hstore); INSERT INTO settings VALUES (1, 'a=>1');
    CREATE INDEX ON settings USING gin (kept);
    CREATE TABLE ddl (tag text);
    CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.ddl VALUES (tg_tag); END $$;
    CREATE EVENT TRIGGER note ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE INDEX', 'ALTER TABLE') EXECUTE FUNCTION note();
    CREATE EVENT TRIGGER asleep ON sql_drop EXECUTE FUNCTION note(); ALTER EVENT TRIGGER asleep DISABLE;
    COMMENT ON EVENT TRIGGER note IS 'who did it';
    CREATE TABLE noted (n int);`,
}

const partitions: Schema = {
  name: 'partitions',
  sql: `
    CREATE TABLE kinds (id int PRIMARY KEY); INSERT INTO kinds SELECT generate_series(0, 9);
    CREATE TABLE visits (id bigint, at date NOT NULL, kind int DEFAULT 1 REFERENCES kinds, PRIMARY KEY (id, at, kind)) PARTITION BY RANGE (at);
    CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2024-07-01') PARTITION BY LIST (kind);
    CREATE TABLE visits_1_even PARTITION OF visits_1 FOR VALUES IN (0, 2, 4, 6, 8);
    CREATE TABLE visits_1_odd PARTITION OF visits_1 DEFAULT PARTITION BY HASH (id);
    CREATE TABLE visits_1_odd_0 PARTITION OF visits_1_odd FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE visits_1_odd_1 PARTITION OF visits_1_odd FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    CREATE TABLE visits_2 (kind int NOT NULL, at date NOT NULL, id bigint NOT NULL, CONSTRAINT second_half CHECK (at >= '2024-07-01'));
    ALTER TABLE visits ATTACH PARTITION visits_2 DEFAULT;
    INSERT INTO visits SELECT n, date '2024-01-01' + n % 400, n % 10 FROM generate_series(0, 2000) n;
    CREATE INDEX visits_kind ON visits (kind) WHERE kind > 3;
    CREATE INDEX visits_lone ON ONLY visits (at);
    CREATE UNIQUE INDEX visits_2_own ON visits_2 (id);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
    CREATE TRIGGER note BEFORE INSERT ON visits FOR EACH ROW EXECUTE FUNCTION note();
    ALTER TABLE visits_2 DISABLE TRIGGER note;
    CREATE TABLE pages (id bigint, at date, kind int, FOREIGN KEY (id, at, kind) REFERENCES visits DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO pages SELECT n, date '2024-01-01' + n % 400, n % 10 FROM generate_series(0, 500) n;`,
}

const inheritance: Schema = {
  name: 'inheritance',
  sql: `
    CREATE TABLE animals (id serial PRIMARY KEY, name text NOT NULL, legs int DEFAULT 4 CHECK (legs >= 0) NO INHERIT, CHECK (name <> ''));
    CREATE TABLE flyers (wings int CONSTRAINT has_wings CHECK (wings > 0), name text);
    CREATE TABLE birds (egg text, legs int DEFAULT 2) INHERITS (animals, flyers);
    CREATE TABLE hens () INHERITS (birds);
    ALTER TABLE ONLY hens ALTER name SET DEFAULT 'Berta', ADD PRIMARY KEY (id);
    ALTER TABLE birds ALTER COLUMN egg SET STATISTICS 500, ALTER COLUMN egg SET STORAGE EXTERNAL;
    INSERT INTO animals (name) SELECT 'animal ' || n FROM generate_series(1, 100) n;
    INSERT INTO birds (name, wings) SELECT 'bird ' || n, 2 FROM generate_series(1, 100) n;
    INSERT INTO hens (wings, egg) SELECT 2, 'egg ' || n FROM generate_series(1, 100) n;
    CREATE VIEW all_of_them AS SELECT tableoid::regclass AS kind, id FROM animals;
    CREATE RULE no_delete AS ON DELETE TO animals DO INSTEAD NOTHING;
    CREATE TABLE like_it (LIKE animals INCLUDING ALL);
    ALTER TABLE animals CLUSTER ON animals_pkey; ALTER TABLE flyers REPLICA IDENTITY FULL;`,
}

const made: Schema = {
  name: 'made',
  sql: `
    CREATE TABLE always (id bigint GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 5 CACHE 10) PRIMARY KEY, n int,
      doubled int GENERATED ALWAYS AS (n * 2) STORED, words tsvector GENERATED ALWAYS AS (to_tsvector('english', 'no ' || n)) STORED);
    INSERT INTO always (n) SELECT generate_series(1, 500);
    CREATE INDEX ON always (doubled) INCLUDE (n); CREATE INDEX ON always USING gin (words);
    CREATE TABLE by_default (id smallint GENERATED BY DEFAULT AS IDENTITY (MAXVALUE 900 CYCLE), note text DEFAULT now()::date::text);
    INSERT INTO by_default (id) VALUES (7), (8);
    CREATE SEQUENCE numbers AS int START 100 MINVALUE -5 OWNED BY by_default.note; SELECT setval('numbers', 333, false);
    CREATE TABLE late (id int DEFAULT nextval('numbers'), n int); INSERT INTO late (n) SELECT generate_series(1, 50);
    CREATE FUNCTION next_code() RETURNS text LANGUAGE sql AS $$ SELECT 'c' || nextval('public.numbers') $$;
    CREATE TABLE codes (code text DEFAULT next_code() PRIMARY KEY, n int NOT NULL); INSERT INTO codes (n) VALUES (1), (2);
    CREATE UNLOGGED TABLE scratch (n int) WITH (fillfactor = 50, autovacuum_enabled = off); INSERT INTO scratch VALUES (1);
    CREATE STATISTICS related (dependencies, mcv) ON n, doubled FROM always;`,
}

const collated: Schema = {
  name: 'collated',
  sql: `
    CREATE COLLATION german (provider = icu, locale = 'de-u-co-phonebk');
    CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE COLLATION bytes FROM "C"; COMMENT ON COLLATION german IS 'as in the phone book';
    CREATE DOMAIN surname AS text COLLATE german CHECK (VALUE <> '');
    CREATE TYPE person AS (family text COLLATE german, given text);
    CREATE TABLE people (id int PRIMARY KEY, family surname, email text COLLATE blind UNIQUE, raw text COLLATE bytes, "all" person);
    INSERT INTO people SELECT n, chr(192 + n % 60) || n, 'P' || n || '@customer.example', n, ('Ä' || n, 'a')::person
      FROM generate_series(1, 500) n;
    CREATE INDEX ON people (family DESC NULLS LAST); CREATE INDEX ON people (lower(raw) COLLATE "de-x-icu" text_pattern_ops);
    CREATE INDEX ON people ((("all").family));
    CREATE MATERIALIZED VIEW sorted AS SELECT family FROM people ORDER BY family;
    CREATE TABLE by_name (name text COLLATE german PRIMARY KEY) PARTITION BY RANGE (name);
    CREATE TABLE by_name_1 PARTITION OF by_name FOR VALUES FROM (MINVALUE) TO ('ö'); INSERT INTO by_name VALUES ('Ärger'), ('Oase');`,
}

const large: Schema = {
  name: 'large',
  sql: `
    CREATE EXTENSION lo;
    SELECT lo_from_bytea(n, decode(repeat(md5(n::text), n % 20 * 300), 'hex')) FROM generate_series(20001, 20020) n;
    SELECT lo_create(30001), lo_from_bytea(30002, '');
    COMMENT ON LARGE OBJECT 20001 IS 'a scan';
    CREATE TABLE scans (id int PRIMARY KEY, scan lo, other oid); INSERT INTO scans SELECT n, n, n + 1 FROM generate_series(20001, 20010) n;
    CREATE TRIGGER let_go BEFORE UPDATE OR DELETE ON scans FOR EACH ROW EXECUTE FUNCTION lo_manage(scan);
    CREATE TABLE wide (id int PRIMARY KEY, body text, raw bytea); ALTER TABLE wide ALTER body SET COMPRESSION pglz;
    INSERT INTO wide SELECT n, repeat(md5(n::text), 3000), decode(repeat('00ff0a0d5c', n), 'hex') FROM generate_series(1, 60) n;
    CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
    CREATE TABLE texts (t text, a text[]); INSERT INTO texts VALUES (E'\\\\.', '{"a,b",NULL}'), (E'tab\\t\\nline', '{}'), (NULL, NULL), ('\\N', '{"\\\\N"}');`,
}

const operators: Schema = {
  name: 'operators',
  isPrivileged: true,
  sql: `
    CREATE SCHEMA math; CREATE TYPE math.frac AS (n int, d int); CREATE TYPE math.mood AS ENUM ('sad', 'glad');
    CREATE TYPE math.span AS RANGE (subtype = float8, subtype_diff = float8mi);
    CREATE FUNCTION math.cmp(math.frac, math.frac) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT sign($1.n * $2.d - $2.n * $1.d)::int';
    CREATE FUNCTION math.lt(math.frac, math.frac) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT math.cmp($1, $2) < 0';
    CREATE FUNCTION math.eq(math.frac, math.frac) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT math.cmp($1, $2) = 0';
    CREATE OPERATOR math.<# (FUNCTION = math.lt, LEFTARG = math.frac, RIGHTARG = math.frac, RESTRICT = scalarltsel);
    CREATE OPERATOR math.=# (FUNCTION = math.eq, LEFTARG = math.frac, RIGHTARG = math.frac, COMMUTATOR = OPERATOR(math.=#));
    CREATE OPERATOR CLASS math.frac_ops FOR TYPE math.frac USING btree AS
      OPERATOR 1 math.<#, OPERATOR 3 math.=#, FUNCTION 1 math.cmp(math.frac, math.frac);
    CREATE AGGREGATE math.product(int) (SFUNC = int4mul, STYPE = int, INITCOND = '1');
    CREATE FUNCTION math.value(f math.frac) RETURNS float8 LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT f.n::float8 / f.d; END;
    CREATE CAST (math.frac AS float8) WITH FUNCTION math.value(math.frac) AS ASSIGNMENT;
    CREATE PROCEDURE math.nap(INOUT n int DEFAULT 3) LANGUAGE plpgsql AS $$ BEGIN n := n + 1; END $$;
    CREATE TABLE math.facts (id int PRIMARY KEY, f math.frac, m math.mood, s math.span, ms int4multirange);
    INSERT INTO math.facts SELECT n, (n, 7)::math.frac, 'glad', math.span(n, n + 1), '{[1,3),[5,9)}' FROM generate_series(1, 200) n;
    CREATE INDEX ON math.facts USING btree (f math.frac_ops); CREATE INDEX ON math.facts (math.value(f));
    CREATE VIEW math.products AS SELECT m, math.product(id % 3 + 1) AS p FROM math.facts GROUP BY m;
    CREATE TEXT SEARCH DICTIONARY plain (TEMPLATE = simple, STOPWORDS = english);
    CREATE TEXT SEARCH CONFIGURATION own (COPY = simple); ALTER TEXT SEARCH CONFIGURATION own ALTER MAPPING FOR asciiword WITH plain;
    CREATE INDEX ON math.facts USING gin (to_tsvector('public.own', id::text)) WHERE id > 3;`,
}

const named: Schema = {
  name: 'named',
  sql: `
    CREATE EXTENSION btree_gist; CREATE SCHEMA "of ""all"" kinds"; SET search_path TO "of ""all"" kinds", public;
    CREATE TABLE "we""ird; -- 'name'
pg_restore: error: of a table" ("user" int PRIMARY KEY, "%s $$ \\ ü" text); INSERT INTO "we""ird; -- 'name'
pg_restore: error: of a table" SELECT n, n FROM generate_series(1, 50) n;
    CREATE INDEX "ïndex, with 'commas'" ON "we""ird; -- 'name'
pg_restore: error: of a table" ("%s $$ \\ ü");
    CREATE TABLE hen (id int PRIMARY KEY, egg int); CREATE TABLE egg (id int PRIMARY KEY, hen int REFERENCES hen);
    INSERT INTO hen VALUES (1, 1); INSERT INTO egg VALUES (1, 1); ALTER TABLE hen ADD FOREIGN KEY (egg) REFERENCES egg DEFERRABLE;
    CREATE TABLE old (id int, hen int); INSERT INTO old VALUES (1, 77);
    ALTER TABLE old ADD CONSTRAINT kept_open FOREIGN KEY (hen) REFERENCES hen NOT VALID, ADD CHECK (hen < 50) NOT VALID;
    CREATE TABLE stays (room int, at tsrange, n int UNIQUE NULLS NOT DISTINCT, EXCLUDE USING gist (room WITH =, at WITH &&) WHERE (room > 0));
    INSERT INTO stays SELECT n, '[2024-01-01,2024-01-02)', n FROM generate_series(1, 100) n;
    CREATE VIEW one AS SELECT 1 AS n; CREATE VIEW two AS SELECT n FROM one; CREATE OR REPLACE VIEW one AS SELECT 1 AS n, 'b' AS b;
    CREATE VIEW grouped AS SELECT id, egg, count(*) FROM hen GROUP BY id;
    CREATE MATERIALIZED VIEW m_b AS SELECT count(*) AS n FROM hen; CREATE MATERIALIZED VIEW m_a AS SELECT n FROM m_b;
    CREATE MATERIALIZED VIEW m_empty AS SELECT n FROM m_a WITH NO DATA;
    CREATE RULE add AS ON INSERT TO two DO INSTEAD INSERT INTO hen VALUES (NEW.n);
    CREATE PUBLICATION inserts FOR TABLE hen WITH (publish = 'insert');
    COMMENT ON COLUMN hen.egg IS 'a
pg_restore: error: of a comment';`,
}

/** The most telling one first. */
export const schemas: readonly Schema[] = [
  ...[unqualified, privileged, hidden, partitions, inheritance],
  ...[made, collated, large, operators, named],
]
