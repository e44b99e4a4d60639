import { makeLocalHost } from '../../src/hosts/local.ts'
import { hostContract } from './host-contract.ts'

hostContract('this machine', async () => ({
  host: makeLocalHost({ name: 'here' }),
  [Symbol.asyncDispose]: async () => {},
}))
