/** The folder of backups: names, listing, rotation. A name carries its time and its reason. */
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Backup } from '../../contract/index.ts'

const NAME =
  /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z-(manual|scheduled|before-restore|before-migration)\.db$/
const PARTIAL = '.partial'

export class BackupFolder {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    // What a killed Gantry left half written was never a backup.
    for (const name of this.#names()) {
      if (name.endsWith(PARTIAL)) rmSync(join(folder, name), { force: true })
    }
  }

  /** Newest first. Files that are not backups of ours are left alone and not listed. */
  list(): Backup[] {
    return this.#names()
      .flatMap((name) => this.#describe(name) ?? [])
      .toSorted((a, b) => b.name.localeCompare(a.name))
  }

  find(name: string): Backup | undefined {
    return this.list().find((backup) => backup.name === name)
  }

  path(name: string): string {
    return join(this.#folder, name)
  }

  /** Where to write, and what to call when it is written whole: only then it has the name of a backup. */
  begin(at: Date, reason: Backup['reason']): { target: string; commit: () => Backup; abandon: () => void } {
    const name = this.#freeName(at, reason)
    const target = `${this.path(name)}${PARTIAL}`
    rmSync(target, { force: true })
    const commit = (): Backup => {
      chmodSync(target, 0o600)
      renameSync(target, this.path(name))
      const backup = this.#describe(name)
      if (backup === undefined) throw new Error(`${name} is not the name of a backup`)
      return backup
    }
    return { target, commit, abandon: () => rmSync(target, { force: true }) }
  }

  /** Keeps the newest of each reason: many copies made by hand must not push out the way back from a restore. */
  rotate(keep: number): void {
    const byReason = Map.groupBy(this.list(), (backup) => backup.reason)
    for (const backup of [...byReason.values()].flatMap((backups) => backups.slice(keep))) {
      rmSync(this.path(backup.name), { force: true })
    }
  }

  /** Whoever removed the folder removed its backups, not the ability to make new ones. */
  #names(): string[] {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    return readdirSync(this.#folder)
  }

  #freeName(at: Date, reason: Backup['reason']): string {
    const taken = new Set(this.#names())
    for (let time = at.getTime(); ; time += 1) {
      const name = `${new Date(time).toISOString().replaceAll(/[-:.]/g, '')}-${reason}.db`
      if (!taken.has(name)) return name
    }
  }

  #describe(name: string): Backup | undefined {
    const parts = NAME.exec(name)
    if (parts === null) return undefined
    const [, year, month, day, hour, minute, second, ms, reason] = parts
    return {
      name,
      at: `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`,
      bytes: statSync(this.path(name)).size,
      reason: reason as Backup['reason'],
    }
  }
}
