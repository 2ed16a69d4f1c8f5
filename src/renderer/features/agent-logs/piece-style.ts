import type { CSSProperties } from 'react'
import type { Colour, TextStyle } from './ansi.ts'

/** A colour of the program's own is moved as far as it takes to be read, in either theme. */
const readable = ([red, green, blue]: readonly [number, number, number]) => {
  const colour = `oklch(from rgb(${red} ${green} ${blue})`
  return `light-dark(${colour} min(l, 0.48) c h), ${colour} max(l, 0.72) c h))`
}

const cssOf = (colour: Colour) =>
  typeof colour === 'number' ? `var(--ansi-${colour})` : `rgb(${colour[0]} ${colour[1]} ${colour[2]})`

const isLight = ([red, green, blue]: readonly [number, number, number]) =>
  red * 0.299 + green * 0.587 + blue * 0.114 > 128

/** On a ground, what is written takes the colour that can be read there, whatever was asked for. */
const inkOn = (ground: Colour) =>
  typeof ground === 'number' ? 'var(--panel)' : isLight(ground) ? 'rgb(0 0 0)' : 'rgb(255 255 255)'

const coloursOf = ({ ink, ground, inverse }: TextStyle): CSSProperties => {
  if (inverse === true) {
    const behind = ink === undefined ? 'var(--text)' : cssOf(ink)
    return { background: behind, color: ink === undefined ? 'var(--panel)' : inkOn(ink) }
  }
  if (ground !== undefined) return { background: cssOf(ground), color: inkOn(ground) }
  if (ink === undefined) return {}
  return { color: typeof ink === 'number' ? cssOf(ink) : readable(ink) }
}

/** Dim text keeps enough contrast to be read. */
export const pieceStyle = (style: TextStyle): CSSProperties => {
  const lines = [style.underline === true && 'underline', style.strike === true && 'line-through'].filter(Boolean)
  return {
    ...(style.dim === true && style.ground === undefined && style.ink === undefined ? { color: 'var(--text-2)' } : {}),
    ...coloursOf(style),
    ...(style.bold === true ? { fontWeight: 700 } : {}),
    ...(style.italic === true ? { fontStyle: 'italic' } : {}),
    ...(lines.length > 0 ? { textDecorationLine: lines.join(' ') } : {}),
  }
}
