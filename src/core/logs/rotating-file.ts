/** A file that never grows past its share: when full it becomes `.1`, the older ones move on, the oldest goes. */
import {
  closeSync,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

export class RotatingFile {
  readonly #path: string
  readonly #bytes: number
  readonly #files: number
  #handle: number | undefined
  #size = 0
  #closed = false

  constructor(folder: string, name: string, bytes: number, files: number) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#path = join(folder, name)
    this.#bytes = bytes
    this.#files = files
    this.#open()
  }

  write(text: string): void {
    if (this.#closed) return
    try {
      if (this.#handle === undefined) this.#open()
      if (this.#size + Buffer.byteLength(text) > this.#bytes) this.#rotate()
      if (this.#handle !== undefined) this.#size += writeSync(this.#handle, text)
    } catch {
      // A full disk must not take the app down with it; the next line tries again.
    }
  }

  close(): void {
    this.#closed = true
    this.#release()
  }

  #release() {
    if (this.#handle !== undefined) closeSync(this.#handle)
    this.#handle = undefined
  }

  #open() {
    this.#handle = openSync(this.#path, 'a', 0o600)
    fchmodSync(this.#handle, 0o600)
    this.#size = statSync(this.#path).size
  }

  #rotate() {
    this.#release()
    rmSync(`${this.#path}.${this.#files - 1}`, { force: true })
    for (let index = this.#files - 2; index >= 0; index -= 1) {
      const from = index === 0 ? this.#path : `${this.#path}.${index}`
      if (existsSync(from)) renameSync(from, `${this.#path}.${index + 1}`)
    }
    this.#open()
  }
}
