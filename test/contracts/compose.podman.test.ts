import { describe } from 'vitest'
import { startPodman } from '../rigs/podman.ts'
import { composeContract } from './compose-contract.ts'

describe('compose services under a real podman', () => composeContract(startPodman))
