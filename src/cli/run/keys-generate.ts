import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { Secret } from '../../core/secret.ts'
import { generateKey } from '../../release/bundle/minisign-key.ts'
import { type Context, switchFlag, textFlag } from '../context.ts'
import { showProblems, showResult } from '../outcome.ts'

/** Protected by the password in STELLWERK_KEY_PASSWORD when it is set; else by the file's owner-only mode. */
export async function run(context: Context): Promise<ExitCode> {
  const { wiring } = context
  const file = textFlag(context, 'out') ?? 'stellwerk.key'
  const password = wiring.env['STELLWERK_KEY_PASSWORD']
  const pair = await generateKey({ ...(password ? { password: new Secret(password) } : {}) })
  const overwrite = switchFlag(context, 'force')
  for (const [path, content, mode] of [
    [file, pair.secretKey.reveal(), 0o600],
    [`${file}.pub`, pair.publicKey, 0o644],
  ] as const) {
    const written = await wiring.writeFile(path, content, { overwrite, mode })
    if (!written.ok) {
      showProblems(context, [written.error])
      return exitCode.failedAndUnchanged
    }
  }
  const publicKey = pair.publicKey.trim().split('\n').at(-1) ?? ''
  showResult(
    context,
    'stellwerk.keys.generate/1',
    { secretKey: file, publicKeyFile: `${file}.pub`, publicKey, encrypted: Boolean(password) },
    () =>
      context.lang === 'de'
        ? `✔ ${file} (geheim) und ${file}.pub geschrieben\nIn stellwerk.yaml:\n  build:   {sign: {key: ${file}}}\n  release: {trust: [${publicKey}]}\n`
        : `✔ wrote ${file} (secret) and ${file}.pub\nIn stellwerk.yaml:\n  build:   {sign: {key: ${file}}}\n  release: {trust: [${publicKey}]}\n`,
  )
  return exitCode.done
}
