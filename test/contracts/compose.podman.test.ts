import { describe } from 'vitest'
import { startPodman } from '../rigs/podman.ts'
import { composeContract } from './compose-contract.ts'

// Starting containers is slow where many tests share two cores.
describe('compose services under a real podman', { timeout: 300_000 }, () => composeContract(startPodman))
