// Which names promise a secret.

const pattern =
  /(^|_)(PASS|PASSWD|PASSWORD|PASSPHRASE|SECRETS?|TOKEN|CREDENTIALS?|(API|PRIVATE|ACCESS|SIGNING|ENCRYPTION)_?KEY)($|_)/i

/** A variable such as DATABASE_PASSWORD. */
export function isSecretName(variable: string): boolean {
  return pattern.test(variable)
}

/** A key whose value nobody but its owner should read: `password`, `secretKey`, the private key `identity`, a variable
 *  under `env`. */
export function isSecretKey(key: string): boolean {
  return key === 'identity' || isSecretName(key.replaceAll(/[a-z](?=[A-Z])/g, '$&_'))
}

/** Whether a value as written says more than the name of a secret. */
export function isClear(value: unknown): boolean {
  if (typeof value === 'number') return true
  // A default gives the value away.
  return typeof value === 'string' && value.replaceAll(/\$\{[^}:]*\}/g, '') !== ''
}
