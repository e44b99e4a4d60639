// A program in the role of nvidia-smi, for machines without a card: it answers `--query-gpu=<fields> --format=csv...` with the
// numbers it was made with, as the real one does.
import { chmodSync, writeFileSync } from 'node:fs'

export interface Card {
  readonly name: string
  /** MiB. */
  readonly used: number
  readonly total: number
  readonly driver: string
  /** Degrees Celsius. */
  readonly temperature: number
}

export const rtx4080: Card = {
  name: 'NVIDIA GeForce RTX 4080',
  used: 2048,
  total: 16376,
  driver: '550.54.15',
  temperature: 47,
}

export function writeNvidiaSmi(file: string, card: Partial<Card> = {}): void {
  const { name, used, total, driver, temperature } = { ...rtx4080, ...card }
  writeFileSync(
    file,
    `#!/bin/sh
fields= unit=' MiB' header=yes
for word; do
  case $word in
    --query-gpu=*) fields=\${word#--query-gpu=} ;;
    --format=*nounits*) unit= ;;
  esac
  case $word in --format=*noheader*) header= ;; esac
done
if [ -z "$fields" ]; then
  echo "| NVIDIA-SMI ${driver}  Driver Version: ${driver}  ${name}  ${used}MiB / ${total}MiB  ${temperature}C |"
  exit 0
fi
[ -z "$header" ] || echo "$fields" | sed 's/,/, /g'
line=
IFS=,
for field in $fields; do
  case $(echo "$field" | tr -d ' ') in
    name|gpu_name) value='${name}' ;;
    memory.used) value="${used}$unit" ;;
    memory.total) value="${total}$unit" ;;
    memory.free) value="${total - used}$unit" ;;
    driver_version) value='${driver}' ;;
    temperature.gpu) value=${temperature} ;;
    index) value=0 ;;
    count) value=1 ;;
    *) echo "Field \\"$field\\" is not a valid field to query." >&2; exit 2 ;;
  esac
  line="\${line:+$line, }$value"
done
echo "$line"
`,
  )
  chmodSync(file, 0o755)
}
