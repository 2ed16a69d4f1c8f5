// Shows steps: a live line with progress at a terminal, one plain line a step elsewhere.
import { createInterface } from 'node:readline/promises'

/**
 * @typedef {object} StepReport
 * @property {(text: string) => void} progress
 * @property {() => void} done
 * @property {(reason: string) => void} fail
 *
 * @typedef {object} Report
 * @property {(text: string) => void} say
 * @property {(text: string) => void} detail said only with --verbose
 * @property {(question: string) => Promise<boolean>} ask
 * @property {(title: string) => StepReport} step
 */

const beat = 120

/**
 * @param {{ stream?: NodeJS.WriteStream, verbose?: boolean, interactive?: boolean, now?: () => number }} options
 * @returns {Report}
 */
export function createReport({ stream = process.stdout, verbose = false, interactive, now = Date.now } = {}) {
  const live = stream.isTTY === true && !process.env.CI
  const canAsk = interactive ?? (live && process.stdin.isTTY === true)
  const clear = () => live && stream.write('\r\u001B[2K')
  /** @type {(() => void) | undefined} */
  let redraw

  const say = (/** @type {string} */ text) => {
    clear()
    stream.write(`${text}\n`)
    redraw?.()
  }

  return {
    say,
    detail: (text) => verbose && say(text),

    async ask(question) {
      if (!canAsk) return true
      const draw = redraw
      redraw = undefined
      clear()
      const prompt = createInterface({ input: process.stdin, output: stream })
      const answer = await prompt.question(`${question} [Y/n] `)
      prompt.close()
      redraw = draw
      return !/^\s*n/i.test(answer)
    },

    step(title) {
      const began = now()
      const seconds = () => `${((now() - began) / 1000).toFixed(1)} s`
      let text = ''
      const draw = () => {
        const line = `  … ${title}  ${seconds()}${text && `  ${text}`}`
        stream.write(`\r\u001B[2K${line.slice(0, (stream.columns ?? 80) - 1)}`)
      }
      const timer = live ? setInterval(() => redraw?.(), beat) : undefined
      if (live) {
        redraw = draw
        draw()
      } else if (verbose) {
        say(`  … ${title}`)
      }
      const end = (/** @type {string} */ line) => {
        clearInterval(timer)
        redraw = undefined
        say(line)
      }
      return {
        progress: (next) => (text = next),
        done: () => end(`  ✓ ${title}  ${seconds()}`),
        fail: (reason) => end(`  ✗ ${title}  ${seconds()}  ${reason}`),
      }
    },
  }
}
