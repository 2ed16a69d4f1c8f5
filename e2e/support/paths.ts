import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')
export const PRELOAD = join(ROOT, 'out', 'preload', 'index.cjs')
export const CLI = join(ROOT, 'out', 'main', 'cli.js')

export const electronBinary = (): string => {
  const folder = join(ROOT, 'node_modules', 'electron')
  return join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8').trim())
}

export const isRoot = process.getuid?.() === 0

/** Chromium's sandbox does not run as root; for everybody else it must not be switched off. */
export const ROOT_SWITCHES = isRoot ? ['--no-sandbox'] : []
