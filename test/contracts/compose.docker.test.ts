import { describe } from 'vitest'
import { startDocker } from '../rigs/docker.ts'
import { composeContract } from './compose-contract.ts'

describe('compose services under a real docker', () => composeContract(() => startDocker()))
