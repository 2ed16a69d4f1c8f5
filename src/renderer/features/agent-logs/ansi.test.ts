import { describe, expect, it } from 'vitest'
import { parseAnsi, plainText } from './ansi.ts'

const ESC = '\u001B'
const one = (codes: string) => parseAnsi(`${ESC}[${codes}mx`)[0]?.style

describe('the colours of a line', () => {
  it('leave plain text as it is', () => {
    expect(parseAnsi('38 passed')).toEqual([{ text: '38 passed', style: null }])
    expect(parseAnsi('')).toEqual([])
  })

  it('begin and end where the program says', () => {
    expect(parseAnsi(`a ${ESC}[31mred${ESC}[0m b`)).toEqual([
      { text: 'a ', style: null },
      { text: 'red', style: { ink: 1 } },
      { text: ' b', style: null },
    ])
  })

  it.each([
    ['1', { bold: true }],
    ['4;9', { underline: true, strike: true }],
    ['92', { ink: 10 }],
    ['44', { ground: 4 }],
    ['103', { ground: 11 }],
    ['38;5;9', { ink: 9 }],
    ['38;5;16', { ink: [0, 0, 0] }],
    ['38;5;208', { ink: [255, 135, 0] }],
    ['48;5;255', { ground: [238, 238, 238] }],
    ['38;2;1;2;300', { ink: [1, 2, 255] }],
    ['38:2:1:2:3', { ink: [1, 2, 3] }],
    ['38;5;1;1', { ink: 1, bold: true }],
  ])('know the code %s', (codes, style) => expect(one(codes)).toEqual(style))

  it.each(['', '0', '39', '1;22', '31;0', '7;27', '38;5;999', '38;9'])('read %s as plain', (codes) =>
    expect(one(codes)).toBeNull(),
  )

  it('come off one at a time', () => {
    const [, second] = parseAnsi(`${ESC}[1;31ma${ESC}[22mb`)
    expect(second?.style).toMatchObject({ ink: 1, bold: false })
  })
})

describe('what a terminal would obey', () => {
  it.each([
    ['the cursor moves', `a${ESC}[2Ab${ESC}[2Kc`, 'abc'],
    ['a title', `${ESC}]0;owned\u0007text`, 'text'],
    ['a link keeps its words', `${ESC}]8;;http://example.com${ESC}\\words${ESC}]8;;${ESC}\\`, 'words'],
    ['a private mode', `${ESC}[?25lhidden${ESC}[?25h`, 'hidden'],
    ['a device string', `${ESC}Pq#0${ESC}\\after`, 'after'],
    ['a charset', `${ESC}(Btext`, 'text'],
    ['a sequence that never ends', `text${ESC}[31`, 'text'],
    ['a string that never ends', `text${ESC}]0;and then`, 'text'],
    ['an escape at the end', `text${ESC}`, 'text'],
  ])('is left out: %s', (_what, text, shown) => expect(plainText(text)).toBe(shown))

  it('shows control characters instead of obeying them', () => {
    expect(plainText('a\u0008b\u0007c\u0000d\u007Fe\u009Bf\tg')).toBe('a␈b␇c␀d␡e\uFFFDf\tg')
  })

  it('stays quick on a line that is nothing but sequences', () => {
    expect(parseAnsi(`${ESC}[1;${'31;'.repeat(10_000)}m${`${ESC}[`.repeat(10_000)}`)).toEqual([])
  })
})
