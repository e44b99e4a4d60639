import { describe } from 'vitest'
import { startDocker } from '../rigs/docker.ts'
import { composeContract } from './compose-contract.ts'

// Starting containers is slow where many tests share two cores.
describe('compose services under a real docker', { timeout: 300_000 }, () =>
  composeContract(() => startDocker()),
)
