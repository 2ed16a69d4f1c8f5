/** What others wrote, for a terminal: colours and returns to the start of the line stay, nothing else speaks to it. */

// Control characters speak to the terminal, format characters turn or hide what stands beside; U+200D joins emoji.
// oxlint-disable-next-line no-control-regex
const SPEAKS = /\u001b\[[\d;:]*m|[^\P{Cc}\n\r\t]|[^\P{Cf}\u200D]/gu
const isColour = (found: string) => found.length > 1 && found.endsWith('m')

const harmless = (text: string): string => text.replaceAll(SPEAKS, (found) => (isColour(found) ? found : '�'))

/** A colour may be cut in two between one piece of a text and the next. */
// oxlint-disable-next-line no-control-regex
const CUT_COLOUR = /\u001b(\[[\d;:]{0,32})?$/

/** A text that comes in pieces. */
export const createTerminalText = () => {
  let held = ''
  let coloured = false
  return {
    next: (piece: string): string => {
      const text = held + piece
      held = CUT_COLOUR.exec(text)?.[0] ?? ''
      const shown = harmless(text.slice(0, text.length - held.length))
      coloured ||= shown.includes('\u001b')
      return shown
    },
    /** What is left, with the terminal's own colours after it. */
    end: (): string => harmless(held) + (coloured ? '\u001b[0m' : ''),
  }
}
