import type { KnipConfig } from 'knip'

const config: KnipConfig = {
  entry: [
    'src/wire.ts',
    // A program of its own: it travels to the hosts.
    'src/traffic/router/main.ts',
    'scripts/*.ts',
    // A bench is looked up by its name.
    'bench/*.ts',
    'examples/*/{src,scripts,tests,variants}/*.ts',
    // The releases of a story, looked up by whoever tells it.
    'examples/variants.ts',
    'test/rigs/**/*.ts',
  ],
  project: ['src/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts', 'test/**/*.ts', 'examples/**/*.ts'],
  // A type may be exported for the sake of the function beside it that speaks it.
  ignoreExportsUsedInFile: { interface: true, type: true },
  // Programs come from Debian (test/rigs/packages.txt) or from the machine, not from npm.
  exclude: ['binaries'],
}

export default config
