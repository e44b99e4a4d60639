// The Debian packages that contract and scenario tests talk to: real sshd, nginx, shells.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './tally.ts'

const list = join(root, 'test', 'rigs', 'packages.txt')
const policy = '/usr/sbin/policy-rc.d'

/** Names in test/rigs/packages.txt that are not installed. */
function missingPackages(): readonly string[] {
  const names = existsSync(list)
    ? readFileSync(list, 'utf8')
        .split('\n')
        .map(line => line.trim())
        .filter(line => line !== '' && !line.startsWith('#'))
    : []
  return names.filter(name => {
    const { stdout } = spawnSync('dpkg-query', ['-W', '-f=${db:Status-Status}', name], { encoding: 'utf8' })
    return stdout !== 'installed'
  })
}

/** Installs what is missing when it may. Returns what is still missing; then the tests cannot be trusted to run. */
export function preparePackages(): readonly string[] {
  const missing = missingPackages()
  if (missing.length === 0 || process.getuid?.() !== 0) return missing
  console.error(`installing ${missing.join(' ')}`)
  // Debian starts a service as soon as its package is installed; the tests start their own, on free ports.
  const ours = !existsSync(policy)
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    if (!install(missing)) {
      // Package lists that are absent or too old name files that the mirror no longer has.
      apt(['update'])
      install(missing)
    }
  } finally {
    if (ours) rmSync(policy, { force: true })
  }
  return missingPackages()
}

export function installCommand(names: readonly string[]): string {
  return `sudo apt-get install --no-install-recommends ${names.join(' ')}`
}

function install(names: readonly string[]): boolean {
  return apt(['install', '-y', '--no-install-recommends', ...names])
}

function apt(args: readonly string[]): boolean {
  try {
    execFileSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    return true
  } catch {
    return false
  }
}
