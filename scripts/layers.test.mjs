import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inModules, inRoot } from './bringup/paths.mjs'

/** @type {string} */
let folder
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gantry-layers-'))
  cpSync(inRoot('.dependency-cruiser.cjs'), join(folder, '.dependency-cruiser.cjs'))
  symlinkSync(inModules(), join(folder, 'node_modules'))
  write('src/contract/index.ts', 'export interface Agent { id: string }\nexport const name = 1')
  write('src/core/store/index.ts', 'export { open } from "./connection.ts"')
  write('src/core/store/connection.ts', 'export const open = 1')
  write('src/core/http/index.ts', 'export const serve = 1')
  write(
    'src/core/index.ts',
    'import { open } from "./store/index.ts"\nimport { serve } from "./http/index.ts"\nexport const core = [open, serve]',
  )
  write(
    'src/main/index.ts',
    'import { app } from "electron"\nimport { core } from "../core/index.ts"\napp.setName(String(core))',
  )
  write(
    'src/preload/index.ts',
    'import { ipcRenderer } from "electron"\nimport type { Agent } from "../contract/index.ts"\nexport const agent: Agent = { id: String(ipcRenderer) }',
  )
  write('src/wire/index.ts', 'import { Buffer } from "node:buffer"\nexport const size = Buffer.poolSize')
  write('src/inside/agent.ts', 'import { size } from "../wire/index.ts"\nexport const agent = size')
  write('src/cli/index.ts', 'import { core } from "../core/index.ts"\nconsole.log(core)')
  write('src/renderer/main.tsx', 'import { name } from "../contract/index.ts"\nexport const Page = () => <p>{name}</p>')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** @param {string} path @param {string} text */
function write(path, text) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

function check() {
  const tool = inModules('dependency-cruiser', 'bin', 'dependency-cruiser.mjs')
  const { status, stdout } = spawnSync(process.execPath, [tool, '--config', '.dependency-cruiser.cjs', 'src'], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { status, rules: [...new Set([...stdout.matchAll(/error ([\w-]+):/g)].map((match) => match[1]))] }
}

test('a tree that keeps to the layers passes', () => {
  expect(check()).toEqual({ status: 0, rules: [] })
})

test.each([
  [
    'contract-imports-nothing-of-ours',
    'src/contract/agents.ts',
    'import type { open } from "../core/store/index.ts"\nexport type A = typeof open',
  ],
  [
    'the-wire-needs-nothing',
    'src/wire/index.ts',
    'import type { Agent } from "../contract/index.ts"\nexport type Size = Agent',
  ],
  ['the-wire-needs-nothing', 'src/wire/index.ts', 'import { z } from "zod"\nexport const size = z'],
  [
    'scripts-of-boxes-know-the-wire-only',
    'src/inside/agent.ts',
    'import { name } from "../contract/index.ts"\nexport const agent = name',
  ],
  [
    'scripts-of-boxes-know-the-wire-only',
    'src/supervisor/main.ts',
    'import { agent } from "../inside/agent.ts"\nexport const main = agent',
  ],
  [
    'core-domains-meet-at-their-index',
    'src/core/agents/index.ts',
    'import { open } from "../store/connection.ts"\nexport const a = open',
  ],
  ['core-never-imports-electron', 'src/core/agents/index.ts', 'import { app } from "electron"\nexport const a = app'],
  [
    'renderer-knows-the-contract-only',
    'src/renderer/page.tsx',
    'import type { core } from "../core/index.ts"\nexport const Page = (props: { core: typeof core }) => <p>{String(props.core)}</p>',
  ],
  [
    'renderer-needs-no-node',
    'src/renderer/page.tsx',
    'import { ipcRenderer } from "electron"\nexport const Page = () => <p>{String(ipcRenderer)}</p>',
  ],
  [
    'renderer-needs-no-node-built-in',
    'src/renderer/page.tsx',
    'import { join } from "node:path"\nexport const Page = () => <p>{join("a", "b")}</p>',
  ],
  [
    'preload-imports-electron-only',
    'src/preload/more.ts',
    'import { name } from "../contract/index.ts"\nexport const a = name',
  ],
  ['nobody-imports-main', 'src/cli/more.ts', 'import "../main/index.ts"'],
  ['nobody-imports-cli', 'src/core/agents/index.ts', 'import "../../cli/index.ts"'],
  [
    'only-the-composer-imports-http',
    'src/core/agents/index.ts',
    'import { serve } from "../http/index.ts"\nexport const a = serve',
  ],
  [
    'hosts-use-core-through-its-indexes',
    'src/main/more.ts',
    'import { open } from "../core/store/connection.ts"\nexport const a = open',
  ],
  ['no-cycles', 'src/core/store/connection.ts', 'import { core } from "../index.ts"\nexport const open = core'],
  ['every-import-is-found', 'src/core/agents/index.ts', 'import { a } from "./not-there.ts"\nexport const b = a'],
])('%s', (rule, path, text) => {
  write(path, text)
  const { status, rules } = check()
  expect(status).not.toBe(0)
  expect(rules).toContain(rule)
})
