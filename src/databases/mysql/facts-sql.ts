// Statements that tell what is true of a database. All of them read information_schema of the current database, so that nothing
// depends on its name.

/** How every session of facts begins: one time zone, one way to write a value, no limit that would cut a list. */
export const sessionStatements = `SET SESSION time_zone = '+00:00', sql_mode = '', group_concat_max_len = 4294967295;
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;`

/** Base tables whose content counts; a sequence is one row of a counter. */
const contentTables = "('BASE TABLE', 'SYSTEM VERSIONED')"

/** One line: version, tables outside of transactions, character set, collation, whether there are check constraints. */
export const aboutStatement = `SELECT VERSION(),
  (SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type IN ${contentTables} AND COALESCE(engine, '') <> 'InnoDB'),
  default_character_set_name, default_collation_name,
  (SELECT COUNT(*) FROM information_schema.tables WHERE LOWER(table_schema) = 'information_schema' AND LOWER(table_name) = 'check_constraints')
FROM information_schema.schemata WHERE schema_name = DATABASE();`

/** A value that every session writes the same way. Long ones by their MD5, so that a row never outgrows max_allowed_packet,
 *  where the server would answer NULL; text as its bytes, because collations do not mix. QUOTE tells NULL from 'NULL' and one
 *  column from the next. */
const value = `CASE
    WHEN data_type = 'bit' THEN CONCAT('HEX(', column_id, ')')
    WHEN data_type = 'json' THEN CONCAT('MD5(CAST(', column_id, ' AS CHAR))')
    WHEN data_type IN ('geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon', 'geometrycollection', 'geomcollection')
      THEN CONCAT('MD5(ST_AsWKB(', column_id, '))')
    WHEN character_octet_length > 4096 THEN CONCAT('MD5(', column_id, ')')
    WHEN charset IS NOT NULL THEN CONCAT('CAST(', column_id, ' AS BINARY)')
    ELSE column_id END`

/** Writes one SELECT a table: `table`, its name, its rows and a sum over MD5 of its rows. The sum does not depend on their order,
 *  and unlike XOR it sees duplicates. Generated columns follow from the others. */
export function tablesStatement(fingerprint: 'content' | 'rows'): string {
  const sum =
    fingerprint === 'rows'
      ? "''"
      : `CONCAT(', COALESCE(SUM(CAST(CONV(LEFT(MD5(CONCAT_WS(0x2c, ',
    GROUP_CONCAT(CONCAT('QUOTE(', ${value}, ')') ORDER BY ordinal_position SEPARATOR ', '), ')), 16), 16, 10) AS UNSIGNED)), 0)')`
  return `${sessionStatements}
SELECT CONCAT('SELECT ''table'', ', QUOTE(table_name), ', COUNT(*)', ${sum}, ' FROM \`', REPLACE(table_name, '\`', '\`\`'), '\`;')
FROM (
  SELECT c.table_name AS table_name, c.ordinal_position AS ordinal_position, LOWER(c.data_type) AS data_type,
    c.character_octet_length AS character_octet_length, c.character_set_name AS charset, CONCAT('\`', REPLACE(c.column_name, '\`', '\`\`'), '\`') AS column_id
  FROM information_schema.columns c JOIN information_schema.tables t
    ON t.table_schema = c.table_schema AND t.table_name = c.table_name
  WHERE c.table_schema = DATABASE() AND t.table_type IN ${contentTables} AND COALESCE(c.generation_expression, '') = ''
) AS columns_of GROUP BY table_name;`
}

const own = "CONCAT('`', DATABASE(), '`.')"
/** Text of the server in which its own database is named. */
const unnamed = (column: string) => `REPLACE(COALESCE(${column}, 'NULL'), ${own}, '')`

/** Lines that define the schema; sorted and hashed on the host. Owners are left out: a drill has others. So is whether an event
 *  is awake: see asleep of code.ts. */
export function schemaStatements(checks: boolean): string {
  const list = (columns: string, from: string, where: string) =>
    `SELECT ${columns} FROM information_schema.${from} WHERE ${where};`
  return [
    list(
      "'database', default_character_set_name, default_collation_name",
      'schemata',
      'schema_name = DATABASE()',
    ),
    list(
      "'table', table_name, table_type, engine, IF(table_type = 'SEQUENCE', '', table_collation), create_options, IF(table_type = 'VIEW', '', table_comment)",
      'tables',
      "table_schema = DATABASE() AND table_name <> 'stw_swap'",
    ),
    list(
      `'column', table_name, ordinal_position, column_name, column_type, is_nullable, ${unnamed('column_default')}, extra, collation_name, ${unnamed('generation_expression')}, column_comment`,
      'columns',
      'table_schema = DATABASE()',
    ),
    list(
      "'index', table_name, index_name, non_unique, seq_in_index, column_name, sub_part, index_type, collation",
      'statistics',
      'table_schema = DATABASE()',
    ),
    list(
      "'key', table_name, constraint_name, ordinal_position, column_name, IF(referenced_table_schema = DATABASE(), '', referenced_table_schema), referenced_table_name, referenced_column_name",
      'key_column_usage',
      'table_schema = DATABASE()',
    ),
    list(
      "'reference', table_name, constraint_name, match_option, update_rule, delete_rule",
      'referential_constraints',
      'constraint_schema = DATABASE()',
    ),
    checks
      ? list(
          `'check', constraint_name, ${unnamed('check_clause')}`,
          'check_constraints',
          'constraint_schema = DATABASE()',
        )
      : '',
    list(
      "'partition', table_name, partition_name, partition_ordinal_position, partition_method, partition_expression, partition_description, subpartition_name",
      'partitions',
      'table_schema = DATABASE() AND partition_name IS NOT NULL',
    ),
    list(
      `'view', table_name, ${unnamed('view_definition')}, check_option, security_type`,
      'views',
      'table_schema = DATABASE()',
    ),
    list(
      "'routine', routine_name, routine_type, dtd_identifier, routine_definition, is_deterministic, sql_data_access, security_type, sql_mode",
      'routines',
      'routine_schema = DATABASE()',
    ),
    list(
      "'parameter', specific_name, ordinal_position, parameter_mode, parameter_name, dtd_identifier",
      'parameters',
      'specific_schema = DATABASE()',
    ),
    list(
      "'trigger', trigger_name, event_object_table, action_timing, event_manipulation, action_order, action_statement, sql_mode",
      'triggers',
      'trigger_schema = DATABASE()',
    ),
    list(
      "'event', event_name, event_definition, event_type, execute_at, interval_value, interval_field, starts, ends, on_completion, time_zone, sql_mode",
      'events',
      'event_schema = DATABASE()',
    ),
  ].join('\n')
}
