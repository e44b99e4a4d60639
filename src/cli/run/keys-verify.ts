import { resolve } from 'node:path'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { verifyBundle } from '../../release/bundle/open.ts'
import { type Context, textFlag } from '../context.ts'
import { showProblems, showResult } from '../outcome.ts'

export async function run(context: Context): Promise<ExitCode> {
  const { wiring, lang } = context
  const key = textFlag(context, 'key')
  const trust = key === undefined ? [] : [(await wiring.readFile(key)) ?? key]
  const path = resolve(wiring.cwd, context.args['bundle'] ?? '')
  const bundle = await verifyBundle(path, { trust })
  if (!bundle.ok) {
    showProblems(context, [bundle.error])
    return exitCode.failedAndUnchanged
  }
  const { manifest, digest, signature } = bundle.value
  const signed = signature?.checked === true
  const document = {
    path,
    digest,
    version: manifest.version,
    gitSha: manifest.gitSha,
    files: manifest.totals.files,
    signedBy: signature?.keyId ?? null,
    signatureChecked: signed,
  }
  showResult(context, 'stellwerk.keys.verify/1', document, () => {
    const files =
      lang === 'de'
        ? `alle ${manifest.totals.files} Dateien stimmen`
        : `all ${manifest.totals.files} files match`
    const who = signed
      ? lang === 'de'
        ? `Signatur von ${signature.keyId} gültig`
        : `signature of ${signature.keyId} is valid`
      : lang === 'de'
        ? 'Signatur nicht geprüft (--key)'
        : 'signature not checked (--key)'
    return `✔ ${manifest.app} ${manifest.version}: ${files}; ${who}\n`
  })
  return exitCode.done
}
