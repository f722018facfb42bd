/**
 * What every database on Heroku holds besides its owner's tables, and so what is in every dump: schema `_heroku` with
 * functions and event triggers of a superuser, pg_stat_statements in public, and a schema `heroku_ext` for extensions.
 * Names and shapes follow dumps of Heroku databases of 2023 to 2025; dropping an extension elsewhere fails, as there,
 * because the role rds_superuser is not known outside.
 */
export const furniture = `
CREATE SCHEMA _heroku AUTHORIZATION heroku_admin;
CREATE SCHEMA heroku_ext AUTHORIZATION heroku_admin;
GRANT USAGE ON SCHEMA _heroku, heroku_ext TO PUBLIC;
SET ROLE heroku_admin;

CREATE FUNCTION _heroku.create_ext() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE created record;
BEGIN
  FOR created IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_type = 'extension' LOOP
    EXECUTE format('GRANT rds_superuser TO %I', current_user);
  END LOOP;
END $$;

CREATE FUNCTION _heroku.drop_ext() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NOT pg_has_role('heroku_admin', 'rds_superuser', 'MEMBER') THEN
    RAISE NOTICE 'extension dropped without rds_superuser';
  END IF;
END $$;

CREATE FUNCTION _heroku.extension_before_drop() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF tg_tag = 'DROP EXTENSION' AND NOT pg_has_role(session_user, 'rds_superuser', 'MEMBER') THEN
    RAISE NOTICE 'extensions are dropped on behalf of rds_superuser';
  END IF;
END $$;

CREATE FUNCTION _heroku.validate_extension() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE created record;
BEGIN
  FOR created IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_type = 'extension' LOOP
    IF created.schema_name = '_heroku' THEN
      RAISE EXCEPTION 'extensions can not be created in schema _heroku';
    END IF;
  END LOOP;
END $$;

RESET ROLE;
CREATE EXTENSION pg_stat_statements WITH SCHEMA public;
SET ROLE heroku_admin;
CREATE EVENT TRIGGER extension_before_drop ON ddl_command_start WHEN TAG IN ('DROP EXTENSION') EXECUTE FUNCTION _heroku.extension_before_drop();
CREATE EVENT TRIGGER log_create_ext ON ddl_command_end WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION _heroku.create_ext();
CREATE EVENT TRIGGER log_drop_ext ON sql_drop WHEN TAG IN ('DROP EXTENSION') EXECUTE FUNCTION _heroku.drop_ext();
CREATE EVENT TRIGGER validate_extension ON ddl_command_end WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION _heroku.validate_extension();
RESET ROLE;
`

/** Roles that the furniture needs in the whole cluster. */
export const furnitureRoles = `
CREATE ROLE heroku_admin SUPERUSER LOGIN;
CREATE ROLE rds_superuser NOLOGIN;
GRANT rds_superuser TO heroku_admin;
`
