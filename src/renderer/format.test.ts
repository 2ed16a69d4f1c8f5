import { describe, expect, it } from 'vitest'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMegabytes,
  formatMoney,
  formatMs,
  formatNumber,
  formatTime,
  plural,
} from './format.ts'

describe('formats', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [122_880, '123 kB'],
    [999_600, '1.0 MB'],
    [96_000_000, '96.0 MB'],
  ])('%d bytes read %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  it.each([
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [3600, '1 h 0 min'],
    [90_061, '1 d 1 h'],
    [-5, '0 s'],
  ])('%d seconds read %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text))

  it.each([
    [0.04, '0.0 ms'],
    [9.96, '10.0 ms'],
    [110.4, '110 ms'],
    [12_345, '12.3 s'],
  ])('%d ms read %s', (ms, text) => expect(formatMs(ms)).toBe(text))

  it('keeps one digit while numbers are small', () => {
    expect(formatNumber(3.46)).toBe('3.5')
    expect(formatNumber(1234.5)).toBe('1,235')
  })

  it.each([
    [0, '$0'],
    [0.00001, '<$0.0001'],
    [0.00423, '$0.0042'],
    [0.05, '$0.05'],
    [1.838, '$1.84'],
    [5, '$5.00'],
    [12_345.6, '$12,346'],
  ])('%d dollars read %s', (dollars, text) => expect(formatMoney(dollars)).toBe(text))

  it.each([
    [0, '0'],
    [999, '999'],
    [9412, '9.4 k'],
    [99_949, '99.9 k'],
    [128_000, '128 k'],
    [1_234_567, '1.2 M'],
  ])('about %d reads %s', (count, text) => expect(formatCount(count)).toBe(text))

  it.each([
    [512, '512 MB'],
    [4096, '4 GB'],
    [1536, '1.5 GB'],
  ])('%d megabytes read %s', (megabytes, text) => expect(formatMegabytes(megabytes)).toBe(text))

  it('leaves out what today makes plain', () => {
    const now = new Date(2026, 10, 21, 15, 0, 0)
    expect(formatTime(new Date(2026, 10, 21, 14, 5, 9).toISOString(), now)).toBe('14:05:09')
    expect(formatTime(new Date(2026, 9, 3, 14, 5, 9).toISOString(), now)).toBe('3 Oct, 14:05')
    expect(formatTime(new Date(2025, 9, 3).toISOString(), now)).toBe('3 Oct 2025')
  })

  it('counts in words', () => {
    expect(plural(1, 'entry', 'entries')).toBe('1 entry')
    expect(plural(1200, 'entry', 'entries')).toBe('1,200 entries')
  })
})
