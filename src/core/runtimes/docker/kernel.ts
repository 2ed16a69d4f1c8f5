/**
 * What the kernel itself says of a running box, where its /proc is ours to read: the engine may be elsewhere, and then
 * only the engine's word stands on the scorecard.
 */
import { readFile } from 'node:fs/promises'
import type { IsolationCheck } from '../types.ts'

interface KernelRow {
  name: string
  /** Under /proc/<pid>. */
  file: string
  read: (text: string) => string | undefined
  isSafe: (value: string) => boolean
  show: (value: string) => string
}

const field = (name: string) => (text: string) => new RegExp(`^${name}:\\s*(.+)$`, 'm').exec(text)?.[1]?.trim()

const NO_CAPABILITIES = /^0+$/
const capability = (name: string, title: string): KernelRow => ({
  name: `Kernel: ${title}`,
  file: 'status',
  read: field(name),
  isSafe: (value) => NO_CAPABILITIES.test(value),
  show: (value) => (NO_CAPABILITIES.test(value) ? 'none' : value),
})

const KERNEL_ROWS: readonly KernelRow[] = [
  {
    name: 'Kernel: user',
    file: 'status',
    read: field('Uid'),
    isSafe: (value) => !value.split(/\s+/).includes('0'),
    show: (value) => value.split(/\s+/)[0] ?? '',
  },
  capability('CapEff', 'capabilities in effect'),
  capability('CapBnd', 'capabilities that can be had'),
  {
    name: 'Kernel: no new privileges',
    file: 'status',
    read: field('NoNewPrivs'),
    isSafe: (value) => value === '1',
    show: (value) => (value === '1' ? 'yes' : 'no'),
  },
  {
    name: 'Kernel: system calls filtered',
    file: 'status',
    read: field('Seccomp'),
    isSafe: (value) => value === '2',
    show: (value) => (value === '2' ? 'yes' : 'no'),
  },
  {
    name: 'Kernel: root file system',
    file: 'mountinfo',
    read: (text) => / \/ \/ (\S+)/.exec(text)?.[1],
    isSafe: (value) => value.split(',').includes('ro'),
    show: (value) => (value.split(',').includes('ro') ? 'read-only' : 'writable'),
  },
  {
    name: 'Kernel: settings in /proc',
    file: 'mountinfo',
    read: (text) => / \/proc\/sys (\S+)/.exec(text)?.[1] ?? 'rw',
    isSafe: (value) => value.split(',').includes('ro'),
    show: (value) => (value.split(',').includes('ro') ? 'read-only' : 'writable'),
  },
  {
    name: 'Kernel: network interfaces',
    file: 'net/dev',
    // Some kernels put the stumps of tunnels into every new network: they are down and lead nowhere.
    read: (text) =>
      [...text.matchAll(/^\s*([^\s:|]+):/gm)]
        .map(([, name]) => name ?? '')
        .filter((name) => !/^(tunl|gre|gretap|erspan|ip_vti|ip6_vti|sit|ip6tnl|ip6gre)0$/.test(name))
        .join(', '),
    isSafe: (value) => value === 'lo',
    show: (value) => value,
  },
]

/** Empty where the process is not one of this machine's that we may look at. */
export const kernelChecks = async (pid: number, containerId: string): Promise<IsolationCheck[]> => {
  if (pid <= 0 || process.platform !== 'linux') return []
  const text = async (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => undefined)
  // The engine may count processes in a machine of its own; there the number is someone else's here.
  if ((await text('cgroup'))?.includes(containerId) !== true) return []
  const checks = await Promise.all(
    KERNEL_ROWS.map(async ({ name, file, read, isSafe, show }) => {
      const content = await text(file)
      const value = content === undefined ? undefined : read(content)
      return value === undefined ? undefined : { name, value: show(value), ok: isSafe(value) }
    }),
  )
  return checks.filter((check) => check !== undefined)
}

/** When a process began, so that another one under its number is not taken for it. */
export const processBirth = async (pid: number): Promise<string | undefined> => {
  if (pid <= 0 || process.platform !== 'linux') return undefined
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19]
}
