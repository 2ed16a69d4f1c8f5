/** What programs colour for a terminal, as pieces of text with a style. Whatever else a terminal would obey is left out. */

/** One of the sixteen named colours, or red, green and blue. */
export type Colour = number | readonly [number, number, number]

export interface TextStyle {
  ink?: Colour | undefined
  ground?: Colour | undefined
  bold?: boolean
  dim?: boolean
  italic?: boolean
  underline?: boolean
  strike?: boolean
  inverse?: boolean
}

export interface Piece {
  text: string
  style: TextStyle | null
}

const ESC = '\u001B'
const BEL = '\u0007'
const PLAIN: TextStyle = {}

const FLAGS: Record<number, TextStyle> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  29: { strike: false },
  39: { ink: undefined },
  49: { ground: undefined },
}

/** Where each row of named colours begins, and the number of its first colour. */
const NAMED = [
  { from: 30, key: 'ink', first: 0 },
  { from: 40, key: 'ground', first: 0 },
  { from: 90, key: 'ink', first: 8 },
  { from: 100, key: 'ground', first: 8 },
] as const

const CUBE = [0, 95, 135, 175, 215, 255] as const

const fromTable = (index: number): Colour | undefined => {
  if (index < 0 || index > 255) return undefined
  if (index < 16) return index
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10
    return [grey, grey, grey]
  }
  const at = index - 16
  return [CUBE[Math.floor(at / 36)] ?? 0, CUBE[Math.floor(at / 6) % 6] ?? 0, CUBE[at % 6] ?? 0]
}

const byte = (value: number | undefined) => Math.min(Math.max(value ?? 0, 0), 255)

/** What follows a 38 or 48: `5;n` is of the table of 256, `2;r;g;b` is a colour by itself. */
const extended = (codes: readonly number[], at: number): { colour: Colour | undefined; used: number } => {
  if (codes[at] === 5) return { colour: fromTable(codes[at + 1] ?? -1), used: 2 }
  if (codes[at] === 2) return { colour: [byte(codes[at + 1]), byte(codes[at + 2]), byte(codes[at + 3])], used: 4 }
  return { colour: undefined, used: 1 }
}

const MOST_CODES = 32

const restyle = (style: TextStyle, parameters: string): TextStyle => {
  const codes = parameters.split(/[;:]/, MOST_CODES).map(Number)
  let next = style
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0
    const flag = FLAGS[code]
    const named = NAMED.find(({ from }) => code >= from && code < from + 8)
    if (code === 0) next = PLAIN
    else if (flag !== undefined) next = { ...next, ...flag }
    else if (named !== undefined) next = { ...next, [named.key]: named.first + code - named.from }
    else if (code === 38 || code === 48) {
      const { colour, used } = extended(codes, at + 1)
      next = { ...next, [code === 38 ? 'ink' : 'ground']: colour }
      at += used
    }
  }
  return next
}

const isBetween = (text: string, at: number, from: string, to: string) => {
  const char = text.charAt(at)
  return char >= from && char <= to && char !== ''
}

/** Where a string such as a title or a link ends: at its terminator, else at the end of the text. */
const endOfString = (text: string, from: number): number => {
  const bell = text.indexOf(BEL, from)
  const terminator = text.indexOf(`${ESC}\\`, from)
  if (bell === -1 && terminator === -1) return text.length
  return bell !== -1 && (terminator === -1 || bell < terminator) ? bell + 1 : terminator + 2
}

/** After its last character, unless that is the beginning of another sequence, which breaks this one off. */
const endAt = (text: string, at: number) => Math.min(text.charAt(at) === ESC ? at : at + 1, text.length)

/** The end of the sequence that begins at `from`, and its parameters where it is one of colours. */
const readSequence = (text: string, from: number): { end: number; colours?: string } => {
  const kind = text.charAt(from + 1)
  if (kind === '[') {
    let at = from + 2
    while (isBetween(text, at, ' ', '?')) at += 1
    const isColours = text.charAt(at) === 'm'
    return isColours ? { end: at + 1, colours: text.slice(from + 2, at) } : { end: endAt(text, at) }
  }
  if (kind === ']' || kind === 'P' || kind === '_' || kind === '^' || kind === 'X')
    return { end: endOfString(text, from + 2) }
  let at = from + 1
  while (isBetween(text, at, ' ', '/')) at += 1
  return { end: endAt(text, at) }
}

const isControl = (code: number) => (code < 0x20 && code !== 0x09) || (code >= 0x7f && code < 0xa0)

const pictureOf = (code: number) =>
  code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\uFFFD'

/** Control characters are shown, not obeyed: a bell, a backspace or an escape cannot change what is read. */
const visible = (text: string): string => {
  let shown = ''
  let from = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (!isControl(code)) continue
    shown += text.slice(from, at) + pictureOf(code)
    from = at + 1
  }
  return from === 0 ? text : shown + text.slice(from)
}

const isPlain = (style: TextStyle) => Object.values(style).every((value) => value === undefined || value === false)

export const parseAnsi = (text: string): readonly Piece[] => {
  const pieces: Piece[] = []
  let style = PLAIN
  let from = 0
  const push = (to: number) => {
    if (to > from) pieces.push({ text: visible(text.slice(from, to)), style: isPlain(style) ? null : style })
  }
  for (let at = text.indexOf(ESC); at !== -1; at = text.indexOf(ESC, from)) {
    push(at)
    const { end, colours } = readSequence(text, at)
    if (colours !== undefined && /^[\d;:]*$/.test(colours)) style = restyle(style, colours)
    from = end
  }
  push(text.length)
  return pieces
}

export const plainText = (text: string): string =>
  text.includes(ESC)
    ? parseAnsi(text)
        .map((piece) => piece.text)
        .join('')
    : visible(text)
