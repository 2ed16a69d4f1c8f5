/** The promise of the wire: a key is used for an agent, and is nowhere where the agent could find it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startProvider, startTestCore, tempHome, walk } from '../testing/index.ts'

const KEY = `sk-planted${'4f9aQz81'.repeat(4)}`
/** So that the words of the search are not found as if they were the key. */
const HALVES = [KEY.slice(0, 12), KEY.slice(12)]

/**
 * Looks for a text in everything that a program in the box can read: environments, files, and the memory of the other
 * processes, through which all bytes of the wire have passed.
 */
const SEARCH = `
import { readdirSync, readFileSync, openSync, readSync, lstatSync } from 'node:fs'
const key = process.env.HALF_ONE + process.env.HALF_TWO
delete process.env.HALF_ONE; delete process.env.HALF_TWO
const asked = await fetch(process.env.OPENAI_BASE_URL + '/chat/completions', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'any', messages: [{ role: 'user', content: 'say marmalade' }] }) })
const answer = await asked.text()
console.log('answered', asked.status, answer.includes('marmalade'))
const found = { key: [], answer: [], seen: 0 }
const look = (where, bytes, words) => { found.seen += bytes.length; for (const [name, text] of words) if (bytes.includes(text)) found[name].push(where) }
const files = (folder) => {
  let entries = []
  try { entries = readdirSync(folder) } catch {}
  for (const entry of entries) {
    const path = folder === '/' ? '/' + entry : folder + '/' + entry
    try {
      const stat = lstatSync(path)
      if (stat.isDirectory()) { if (!/^\\/(proc|sys|dev|usr)$/.test(path)) files(path) }
      else if (stat.isFile() && stat.size < 5e7) look(path, readFileSync(path), [['key', key]])
    } catch {}
  }
}
files('/')
for (const pid of readdirSync('/proc').filter((name) => /^\\d+$/.test(name) && Number(name) !== process.pid)) {
  for (const name of ['environ', 'cmdline']) try { look(pid + ' ' + name, readFileSync('/proc/' + pid + '/' + name), [['key', key]]) } catch {}
  try {
    const memory = openSync('/proc/' + pid + '/mem', 'r')
    for (const line of readFileSync('/proc/' + pid + '/maps', 'utf8').split('\\n')) {
      const range = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line)
      if (!range) continue
      const [from, to] = [parseInt(range[1], 16), parseInt(range[2], 16)]
      if (to - from > 2e8) continue
      const bytes = Buffer.alloc(to - from)
      try { readSync(memory, bytes, 0, bytes.length, from); look(pid + ' memory', bytes, [['key', key], ['answer', 'marmalade']]) } catch {}
    }
  } catch {}
}
console.log('found', JSON.stringify({ key: found.key, wire: found.answer.length > 0, enough: found.seen > 1e6 }))
`

test('a key that is used for an agent is in no file, environment or memory of its box, in no log and no database', async () => {
  const provider = await startProvider()
  const home = tempHome()
  writeFileSync(
    join(home, 'catalog.json'),
    JSON.stringify({
      providers: [
        {
          id: 'stand-in',
          title: 'Stand-in',
          kind: 'openai-compatible',
          baseUrl: `${provider.url}/v1`,
          secret: 'planted',
        },
      ],
      models: [
        {
          id: 'stood-in',
          title: 'Stood in',
          provider: 'stand-in',
          name: 'stood',
          context: 1000,
          inputPrice: 1,
          outputPrice: 1,
        },
      ],
    }),
  )
  const core = await startTestCore({ home, env: { GANTRY_AGENTS_WARM: 'false' } })
  const client = core.client(core.core.access.ownerToken)
  onTestFinished(async () => {
    await client.agents.cancelAll({ graceSeconds: 0 }).catch(() => undefined)
  })
  await client.secrets.set({ name: 'planted', value: KEY })

  const line = `cat > /tmp/look.mjs <<'END'\n${SEARCH}\nEND\nHALF_ONE="$HALF_ONE" HALF_TWO="$HALF_TWO" "$(ls /opt/gantry/node /usr/local/bin/node 2>/dev/null | head -1)" /tmp/look.mjs`
  const { id } = await client.agents.create({
    template: 'command',
    runtime: 'sandbox',
    model: 'stood-in',
    parameters: { line },
    environment: { HALF_ONE: HALVES[0] ?? '', HALF_TWO: HALVES[1] ?? '' },
    limits: { memoryMb: 1024 },
  })
  await client.agents.wait({ ids: [id], needs: false, seconds: 60 })
  const log = (await client.agents.logs({ id })).items.map(({ text }) => text).join('\n')
  expect(log).toContain('answered 200 true')
  // That the answer is found in the memory of the script shows that the search sees what came over the wire.
  expect(log).toContain('found {"key":[],"wire":true,"enough":true}')

  expect(JSON.stringify(await provider.seen())).toContain(KEY)
  await core.stop()
  const holding = walk(home).filter((path) => {
    try {
      return readFileSync(path).includes(KEY)
    } catch {
      return false
    }
  })
  expect(holding).toEqual([join(home, 'secrets.json')])
})
