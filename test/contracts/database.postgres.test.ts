import { makePostgresUnderTest } from './database.postgres.ts'
import { databaseContract } from './database-contract.ts'

databaseContract('PostgreSQL', makePostgresUnderTest)
