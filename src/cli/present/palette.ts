// Colour, only where a terminal asked for it.
import colors from 'picocolors'

export interface Palette {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly cyan: (text: string) => string
}

export function paletteFor(color: boolean): Palette {
  return colors.createColors(color)
}
