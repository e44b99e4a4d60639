// The Debian package that brings a program.
const packages: Readonly<Record<string, string>> = {
  psql: 'postgresql-client',
  pg_dump: 'postgresql-client',
  pg_restore: 'postgresql-client',
  mysql: 'mariadb-client',
  mariadb: 'mariadb-client',
  mysqldump: 'mariadb-client',
  'mariadb-dump': 'mariadb-client',
  sha256sum: 'coreutils',
}

/** Most packages are called like their program. */
export function packageOf(program: string): string {
  return packages[program] ?? program
}
