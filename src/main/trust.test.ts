import { describe, expect, test } from 'vitest'
import { APP_ORIGIN, isTrusted, mayLoad, mayShow, trustedOrigins, mayDownload } from './trust.ts'

const ORIGINS = trustedOrigins(true, undefined)
const DEVELOPING = trustedOrigins(false, 'http://localhost:5173/')
const LOOK_ALIKES = [
  'app://gantry.evil',
  'app://gantryy',
  'app://evil',
  'app://gantry:80',
  'app://',
  'App://gantry',
  'xapp://gantry',
  'https://gantry',
  'http://gantry',
  'http://localhost:5173',
  'file://',
  'null',
  '',
]

describe('who gets a port', () => {
  const trusted = { windows: new Set([3]), origins: ORIGINS }
  const frame = { origin: APP_ORIGIN, parent: null }

  test('the top frame of a window we opened, showing our page', () => {
    expect(isTrusted({ contentsId: 3, frame }, trusted)).toBe(true)
  })

  test.each(LOOK_ALIKES)('nobody of the origin "%s"', (origin) => {
    expect(isTrusted({ contentsId: 3, frame: { origin, parent: null } }, trusted)).toBe(false)
  })

  test('no frame inside a page, no frame that is gone, and no window that is not ours', () => {
    expect(isTrusted({ contentsId: 3, frame: { origin: APP_ORIGIN, parent: frame } }, trusted)).toBe(false)
    expect(isTrusted({ contentsId: 3, frame: null }, trusted)).toBe(false)
    expect(isTrusted({ contentsId: 4, frame }, trusted)).toBe(false)
    expect(isTrusted({ contentsId: 3, frame }, { ...trusted, windows: new Set() })).toBe(false)
  })
})

describe('which origins are ours', () => {
  test('the development server only while developing, and by its exact origin', () => {
    expect([...DEVELOPING]).toEqual([APP_ORIGIN, 'http://localhost:5173'])
    expect([...trustedOrigins(false, undefined)]).toEqual([APP_ORIGIN])
  })

  test('a packaged app believes no environment variable', () => {
    expect([...trustedOrigins(true, 'http://localhost:5173/')]).toEqual([APP_ORIGIN])
  })
})

describe('where a window may go', () => {
  test('to our page, whatever follows its host', () => {
    for (const url of ['app://gantry/', 'app://gantry/#/keys', 'app://gantry/index.html?a=b']) {
      expect(mayShow(url, ORIGINS)).toBe(true)
    }
    expect(mayShow('http://localhost:5173/#/keys', DEVELOPING)).toBe(true)
  })

  test.each([
    'app://gantry.evil/',
    'app://gantry:99/',
    'app://gantry@evil/',
    'app://evil/app://gantry/',
    'https://gantry/',
    'http://localhost:5173/',
    'http://localhost:51730/',
    'file:///etc/passwd',
    'data:text/html,hello',
    'javascript:alert(1)',
    'about:blank',
    'devtools://devtools/bundled/inspector.html',
  ])('not to %s', (url) => {
    expect(mayShow(url, ORIGINS)).toBe(false)
  })
})

describe('what a page may load', () => {
  test('its own files, and what is in the page already', () => {
    for (const url of [
      'app://gantry/assets/index.js',
      'data:image/png;base64,AA==',
      'blob:app://gantry/1',
      'devtools://x/',
    ]) {
      expect(mayLoad(url, ORIGINS)).toBe(true)
    }
  })

  test('while developing also from the development server and its socket', () => {
    for (const url of ['http://localhost:5173/main.tsx', 'ws://localhost:5173/']) {
      expect(mayLoad(url, DEVELOPING)).toBe(true)
      expect(mayLoad(url, ORIGINS)).toBe(false)
    }
  })

  test.each([
    'https://example.com/',
    'http://127.0.0.1:9090/health',
    'ws://127.0.0.1:9090/',
    'wss://example.com/',
    'file:///etc/passwd',
    'ftp://example.com/',
    'app://evil/assets/index.js',
    'http://localhost:5174/',
  ])('not from %s', (url) => {
    expect(mayLoad(url, DEVELOPING)).toBe(false)
  })
})

describe('what may become a file', () => {
  test('is what our own page made', () => {
    expect(mayDownload('blob:app://gantry/5d0c', ORIGINS)).toBe(true)
    expect(mayDownload('blob:http://localhost:5173/5d0c', DEVELOPING)).toBe(true)
  })

  test.each([
    'app://gantry/index.html',
    'https://example.com/a.exe',
    'data:text/plain,x',
    'blob:https://example.com/1',
    'blob:null/1',
  ])('is not %s', (url) => expect(mayDownload(url, ORIGINS)).toBe(false))
})
