import { defineConfig } from 'vitest/config'

// Four kinds of test, three projects: unit tests sit beside their source and touch only temporary folders; contract and
// scenario tests talk to real servers that the rigs start, on ports of their own, and mostly wait: two files at a time.
export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/*.test.ts'],
          exclude: ['test/package.test.ts', 'test/docs.test.ts'],
          sequence: { shuffle: true },
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contracts/**/*.test.ts', 'test/package.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'scenario',
          include: ['test/scenarios/**/*.test.ts', 'test/docs.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
    ],
  },
})
