// A Chromium of this machine for one page: found in PATH, started without a window, gone afterwards. It asks for nothing but
// what the page asks for.
import { accessSync, constants } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { Browser } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** The browser to start; undefined: there is none. */
export function findBrowser(wanted: string | undefined): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(':').filter(directory => isAbsolute(directory))
  const candidates = (wanted === undefined ? names : [wanted]).flatMap(name =>
    name.includes('/') ? [name] : directories.map(directory => join(directory, name)),
  )
  return candidates.find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** No name, and no question to a name server either. */
const nowhere = 'nobody.invalid'
/** The browser's own requests (updates, its makers' accounts) survive every switch below; the page's go through a context of
 *  their own, so the browser is sent to a proxy that does not exist and the page around it. */
export const around = { server: `http://${nowhere}:9`, bypass: '<-loopback>,*' }

/** Asked about the fields of every form, in the page's own context; no switch of ours turns it off beside those of Playwright. */
const autofill = 'content-autofill.googleapis.com'

// Nothing here, however small, belongs to somebody else: no update, no sync, no report, no guess of what comes next.
const silent = [
  '--disable-background-networking',
  '--disable-breakpad',
  '--disable-client-side-phishing-detection',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-sync',
  '--disable-quic',
  '--disable-gpu',
  '--metrics-recording-only',
  '--no-default-browser-check',
  '--no-first-run',
  '--no-pings',
]

/** `routes`: `name:port` as the page asks for it -> where it is reached. */
export async function openBrowser(
  executablePath: string,
  routes: ReadonlyMap<string, string>,
  timeout: number,
): Promise<Browser> {
  // Several megabytes: only a command with such a check loads them.
  const { chromium } = (await import('playwright-core')).default
  const rules = [
    ...[nowhere, autofill].map(name => `MAP ${name} ~NOTFOUND`),
    ...[...routes].map(([from, to]) => `MAP ${from} ${to}`),
  ]
  const isRoot = process.getuid?.() === 0
  return chromium.launch({
    executablePath,
    headless: true,
    timeout,
    proxy: { server: around.server },
    // Root cannot have the sandbox; everybody else must.
    chromiumSandbox: !isRoot,
    args: [...silent, ...(isRoot ? ['--no-sandbox'] : []), `--host-resolver-rules=${rules.join(', ')}`],
    // The page's process needs none of this command's variables, and some of them are secrets.
    env: Object.fromEntries(
      ['PATH', 'HOME', 'TMPDIR', 'LANG', 'XDG_RUNTIME_DIR'].flatMap(name => {
        const value = process.env[name]
        return value === undefined ? [] : [[name, value]]
      }),
    ),
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  })
}
