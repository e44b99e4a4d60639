// How one release of a service is started: a file that a person can read and run. It holds no secret, only their names.
import { quote } from '../../core/shell.ts'
import { exportLines, foreground, unsetLine } from '../command-line.ts'
import { slotDirectory } from './library.ts'
import type { ProcessSpec } from './spec.ts'

export function launchScript(spec: ProcessSpec, root: string): string {
  return `# Written by Stellwerk: starts release ${spec.release} of ${spec.service}.
cd ${quote(slotDirectory(root, spec.service, spec.slot))} || exit 70
line=$(cat /proc/$$/stat) || exit 70
set -- \${line##*') '}
shift 19
{ printf 'pid %s %s\\nsince %s\\n' "$$" "$1" "$(date +%s)" && cat header; } >pid.new && mv -f pid.new pid || exit 70
set --
unset line
# From the release itself, never through current: the directory under a running process does not change.
cd ${quote(`${root}/releases/${spec.release}`)} || exit 70
${spec.port === undefined ? 'unset PORT' : `PORT=${spec.port}; export PORT`}
RELEASE=${quote(spec.release)}; export RELEASE
STELLWERK_RELEASE=$RELEASE; export STELLWERK_RELEASE
set -eu
${exportLines(spec.env, spec.secrets).join('\n')}
${unsetLine(spec.env, spec.secrets, spec.command)}
${foreground(spec.command)}
`
}
