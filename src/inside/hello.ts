/** The program `hello`: says what a box looks like from inside, and ends. */
import { networkInterfaces } from 'node:os'

const say = (line = '') => process.stdout.write(`${line}\n`)

const task = process.env['GANTRY_TASK']?.trim() ?? ''
const ways = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).filter(({ internal }) => !internal))
const keys = Object.entries(process.env).filter(
  ([name, value]) => /(key|token|secret|password)$/i.test(name) && !value?.startsWith('placeholder'),
)

say('Hello from inside the box!')
if (task !== '') say(`You asked me: ${task}`)
say()
say('This is what I can see from here:')
say(`  user      ${process.getuid?.() ?? 'unknown'}`)
say(`  folder    ${process.cwd()}`)
say(`  network   ${ways.length === 0 ? 'none' : ways.map(({ address }) => address).join(', ')}`)
say(`  keys      ${keys.length === 0 ? 'none' : keys.map(([name]) => name).join(', ')}`)
say(`  Gantry    ${process.env['GANTRY_URL'] ?? 'not there'}`)
say()
say('That is all. Goodbye!')
