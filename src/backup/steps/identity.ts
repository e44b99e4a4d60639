// The private key of encrypted sets, as a file that only the step's own programs see.
import { referenced, shellValue } from '../../core/shell-value.ts'

/** Sets sw_identity to a file of mode 0600 below $sw_tmp. `identity`: a reference to a secret; absent: no set is encrypted. */
export function identityText(identity: string | undefined, known: readonly string[]): string {
  if (identity === undefined) return 'sw_identity=/nonexistent'
  const value = shellValue(identity, referenced([identity], known))
  return `sw_identity=$sw_tmp/identity
(umask 077; printf '%s\\n' ${value} >"$sw_identity")`
}
