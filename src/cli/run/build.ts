import { formatBytes } from '../../core/bytes.ts'
import { type ExitCode, exitCode } from '../../core/exit-code.ts'
import { type Context, switchFlag, textFlag } from '../context.ts'
import { showProblems, showResult } from '../outcome.ts'
import { choosePresenter } from '../present/choose.ts'

export async function run(context: Context): Promise<ExitCode> {
  const { wiring } = context
  const loaded = await wiring.loadAny(textFlag(context, 'config'))
  if (!loaded.ok) {
    showProblems(context, loaded.error)
    return exitCode.config
  }
  const { config } = loaded.value
  const presenter = choosePresenter(context)
  const ref = textFlag(context, 'ref')
  const bundle = await wiring.buildBundle(config, {
    ...(ref === undefined ? {} : { ref }),
    dirty: switchFlag(context, 'dirty'),
    emit: event => presenter.event(event),
    signal: context.interrupt,
  })
  presenter.end()
  if (!bundle.ok) {
    showProblems(context, [bundle.error])
    return exitCode.failedAndUnchanged
  }
  const { path, digest, archiveBytes, manifest, signature } = bundle.value
  const { version, gitSha, dirty, totals } = manifest
  const document = {
    path,
    digest,
    bytes: archiveBytes,
    version,
    gitSha,
    dirty,
    totals,
    signedBy: signature?.keyId ?? null,
  }
  showResult(context, 'stellwerk.build/1', document, () => {
    const files = context.lang === 'de' ? `${totals.files} Dateien` : `${totals.files} files`
    return `✔ ${path}\n  ${version} (${gitSha.slice(0, 7)}${dirty ? ', dirty' : ''}), ${files}, ${formatBytes(archiveBytes)}, sha256 ${digest.slice(0, 16)}…\n→ stellwerk deploy --bundle ${path}\n`
  })
  return exitCode.done
}
