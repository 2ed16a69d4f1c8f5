import { describe, expect, test } from 'vitest'
import { createTerminalText } from './terminal-text.ts'

const shown = (...pieces: string[]) => {
  const text = createTerminalText()
  return [...pieces.map((piece) => text.next(piece)), text.end()]
}
const RED = '\u001b[31m'

describe('text on a terminal', () => {
  test('keeps its lines, tabs, returns and emoji', () => {
    const text = 'one\ttwo\r 50%\r100%\r\nthree 👩\u200d💻 é\n'
    expect(shown(text)).toEqual([text, ''])
  })

  test('keeps colours, and gives the terminal its own back at the end', () => {
    const text = `${RED}red\u001b[0m \u001b[38;5;208;1morange\u001b[38:2::1:2:3m`
    expect(shown(text)).toEqual([text, '\u001b[0m'])
    expect(shown('plain')).toEqual(['plain', ''])
  })

  test.each([
    ['clears the screen', '\u001b[2J'],
    ['moves up a line', '\u001b[1A'],
    ['sets the title', '\u001b]0;title\u0007'],
    ['rings', '\u0007'],
    ['deletes backwards', 'a\b\b'],
    ['answers for the user', '\u001b[6n'],
    ['switches with one byte', '\u009b2J'],
    ['turns the writing around', 'a\u202eb'],
    ['hides', 'a\u200bb\ufeff'],
    ['is a null', '\0'],
    ['resets', '\u001bc'],
  ])('does not let through what %s', (_what, text) => {
    // oxlint-disable-next-line no-control-regex
    expect(shown(text).join('')).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e\u200b\ufeff]/u)
    expect(shown(text).join('')).toContain('�')
  })

  test('keeps a colour that is cut in two', () => {
    for (let at = 1; at < RED.length; at += 1) {
      const [first, second] = shown(`a${RED.slice(0, at)}`, `${RED.slice(at)}b`)
      expect(`${first}${second}`).toBe(`a${RED}b`)
    }
  })

  test('shows the beginning of a colour that never comes as the mark that it is', () => {
    expect(shown('a\u001b[3')).toEqual(['a', '�[3'])
    expect(shown('a\u001b[3', 'x')).toEqual(['a', '�[3x', ''])
  })
})
