import { expect, test } from 'vitest'
import { nginxConfig } from './nginx.ts'
import type { Site } from './site.ts'

const site: Site = {
  app: 'shop',
  environment: 'production',
  names: ['shop.example'],
  tls: 'off',
  http: 80,
  https: 443,
  refuseHeaders: [],
  maxBody: 1,
  timeout: 60_000,
  log: '/var/log/nginx/shop.access.log',
}

/** The map of the configuration, as nginx reads it: the first expression that matches. */
function logged(address: string): string {
  const block = /map \$remote_addr \$stw_shop_client \{\n([\s\S]*?)\n\}/.exec(nginxConfig(site))?.[1] ?? ''
  for (const [, pattern = '', value = ''] of block.matchAll(/^ {2}"~(.*)" (.*);$/gm)) {
    const found = new RegExp(pattern).exec(address)
    if (found) return value.replace(/\$\w+?_[a-d](?=[.:])/, found[1] ?? '')
  }
  return '-'
}

test.each([
  ['203.0.113.77', '203.0.113.0'],
  ['::ffff:203.0.113.77', '203.0.113.0'],
  ['2001:db8:aa:bb:cc:dd:ee:ff', '2001:db8:aa::'],
  ['2001:db8:aa::ff', '2001:db8:aa::'],
  ['2001:db8::ff', '2001:db8::'],
  ['fe80::1', 'fe80::'],
  ['::1', '-'],
  ['unix:', '-'],
])('%s is written as %s', (address, expected) => {
  expect(logged(address)).toBe(expected)
})
