import { makeMysqlUnderTest } from './database.mysql.ts'
import { databaseContract } from './database-contract.ts'

databaseContract('MariaDB', makeMysqlUnderTest)
