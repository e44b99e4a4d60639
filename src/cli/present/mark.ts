// One sign for a verdict, the same everywhere.
import type { Verdict } from '../../core/verdict.ts'
import type { Palette } from './palette.ts'

export function markOf(verdict: Verdict, palette: Palette): string {
  switch (verdict) {
    case 'pass':
      return palette.green('✔')
    case 'fail':
      return palette.red('✖')
    case 'unknown':
      return palette.yellow('?')
  }
}
