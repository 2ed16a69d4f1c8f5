/** The tools that work in the box itself: its files and its commands. Nothing outside can be reached with them. */
import { type Tool, tool } from 'ai'
import { spawn } from 'node:child_process'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const MOST_LINES = 2000
const MOST_CHARACTERS = 100_000
const MOST_FILES = 500
const MOST_OUTPUT = 30_000
const LEFT_OUT = new Set(['node_modules', '.git'])

export interface BoxTools {
  folder: string
  /** A line of a command's output, as it comes. */
  onOutput: (line: string) => void
}

const clip = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most)}\n… ${text.length - most} more characters`

const readText = async (path: string, from: number, lines: number): Promise<string> => {
  const bytes = await readFile(path)
  if (bytes.includes(0)) return `${bytes.length} bytes that are no text`
  const all = bytes.toString('utf8').split('\n')
  const part = all.slice(from - 1, from - 1 + lines)
  const left = all.length - (from - 1) - part.length
  const text = clip(part.join('\n'), MOST_CHARACTERS)
  return left > 0 ? `${text}\n… ${left} more lines, from line ${from + part.length}` : text
}

const listBelow = async (folder: string): Promise<string[]> => {
  const found: string[] = []
  const walk = async (below: string): Promise<void> => {
    const entries = await readdir(below, { withFileTypes: true })
    for (const entry of entries.toSorted((a, b) => a.name.localeCompare(b.name))) {
      if (found.length > MOST_FILES) return
      const path = join(below, entry.name)
      if (!entry.isDirectory()) found.push(relative(folder, path))
      else if (!LEFT_OUT.has(entry.name)) await walk(path)
    }
  }
  await walk(folder)
  return found
}

interface Ran {
  exit: string
  output: string
}

const runCommand = (
  command: string,
  { folder, onOutput, seconds, signal }: BoxTools & { seconds: number; signal: AbortSignal | undefined },
): Promise<Ran> =>
  new Promise((done, fail) => {
    const child = spawn('sh', ['-c', command], { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let why: string | undefined
    const end = (reason: string) => {
      why = reason
      // Its whole group: what it started must not outlive it.
      if (child.pid !== undefined) {
        try {
          process.kill(-child.pid, 'SIGKILL')
        } catch {
          // It ended by itself just now.
        }
      }
    }
    const timer = setTimeout(() => end(`ended after ${seconds} s`), seconds * 1000)
    const leave = () => end('called off')
    signal?.addEventListener('abort', leave)
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        output = `${output}${line}\n`.slice(-2 * MOST_OUTPUT)
        onOutput(line)
      })
    }
    const settle = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', leave)
    }
    child.once('error', (error) => {
      settle()
      fail(error)
    })
    child.once('close', (code, killedBy) => {
      settle()
      done({
        exit: why ?? (killedBy === null ? `exit ${code}` : `ended by ${killedBy}`),
        output: output.slice(-MOST_OUTPUT),
      })
    })
  })

export const createBoxTools = (deps: BoxTools): Record<string, Tool> => {
  const { folder } = deps
  const at = (path: string) => resolve(folder, path)
  return {
    read_file: tool({
      description: 'Reads a text file of the workspace, all of it or some lines.',
      inputSchema: z.object({
        path: z.string(),
        from: z.int().min(1).default(1).describe('The first line'),
        lines: z.int().min(1).max(MOST_LINES).default(MOST_LINES),
      }),
      execute: ({ path, from, lines }) => readText(at(path), from, lines),
    }),
    write_file: tool({
      description: 'Writes a text file of the workspace, in place of what was there; makes its folders.',
      inputSchema: z.object({ path: z.string(), text: z.string() }),
      execute: async ({ path, text }) => {
        await mkdir(dirname(at(path)), { recursive: true })
        await writeFile(at(path), text)
        return `${text.split('\n').length} lines written to ${path}`
      },
    }),
    list_files: tool({
      description: 'Lists the files below a folder of the workspace.',
      inputSchema: z.object({ path: z.string().default('.') }),
      execute: async ({ path }) => {
        const files = await listBelow(at(path))
        if (files.length === 0) return 'There are no files.'
        return files.length > MOST_FILES ? [...files.slice(0, MOST_FILES), '… and more'].join('\n') : files.join('\n')
      },
    }),
    run_command: tool({
      description: 'Runs a command line with sh in the workspace and gives its output and exit code.',
      inputSchema: z.object({ command: z.string(), seconds: z.int().min(1).max(600).default(120) }),
      execute: async ({ command, seconds }, { abortSignal }) => {
        const { exit, output } = await runCommand(command, { ...deps, seconds, signal: abortSignal })
        return `${exit}\n${output}`.trimEnd()
      },
    }),
  }
}
