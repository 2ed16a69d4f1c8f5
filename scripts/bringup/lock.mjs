// One bring-up at a time: two would write into the same folders. A lock whose owner was killed is taken over.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { inCache } from './paths.mjs'
import { birth, endOrphans } from './processes.mjs'

/**
 * @param {(text: string) => void} say
 * @returns {Promise<() => void>} gives the lock back
 */
export async function takeLock(say, file = inCache('bringup.lock')) {
  mkdirSync(dirname(file), { recursive: true })
  for (let attempt = 0; ; attempt += 1) {
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, born: birth(process.pid) }), { flag: 'wx' })
      const release = () => rmSync(file, { force: true })
      process.once('exit', release)
      if (endOrphans() > 0) say('Ended what an earlier, killed run had left running.')
      return () => {
        process.off('exit', release)
        release()
      }
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
    }
    const owner = readOwner(file)
    if (!owner || birth(owner.pid) !== owner.born) {
      rmSync(file, { force: true })
      continue
    }
    if (attempt === 0) say(`Waiting for another bring-up (process ${owner.pid}).`)
    await delay(200)
  }
}

/** @param {string} file @returns {{ pid: number, born?: string } | undefined} */
function readOwner(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
