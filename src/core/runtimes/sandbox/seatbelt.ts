/**
 * The sandbox of macOS: the profile for `sandbox-exec`. Pure. It has not been run yet: what is tested is what it says.
 * There is no network of its own to give there, so of the machine's loopback it opens the one port that the box serves.
 */

export interface SeatbeltRecipe {
  /** The only folder that may be written to: home, work and temporary folder of the box. */
  folder: string
  node: string
  scripts: string
  /** Where the wire's programs listen, on 127.0.0.1. */
  loopbackPort: number
}

const quote = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
const subpaths = (paths: readonly string[]) => paths.map((path) => `(subpath ${quote(path)})`).join(' ')
const literals = (paths: readonly string[]) => paths.map((path) => `(literal ${quote(path)})`).join(' ')

const SYSTEM = ['/usr', '/bin', '/sbin', '/System', '/Library/Apple', '/private/var/db/dyld', '/private/etc/ssl']
const FILES = [
  '/',
  '/dev/null',
  '/dev/zero',
  '/dev/random',
  '/dev/urandom',
  '/private/etc/localtime',
  '/private/etc/protocols',
  '/private/etc/services',
]
const DEVICES = ['/dev/null', '/dev/zero', '/dev/tty']

/** What programs ask of the kernel to find out how many processors and how much memory there are. */
const SYSCTLS = [
  'hw.',
  'kern.os',
  'kern.version',
  'kern.maxfiles',
  'kern.argmax',
  'kern.hostname',
  'machdep.cpu.',
  'vm.',
]

export const seatbeltProfile = ({ folder, node, scripts, loopbackPort }: SeatbeltRecipe): string =>
  [
    '(version 1)',
    '(deny default)',
    '(allow process-fork)',
    '(allow process-info* (target same-sandbox))',
    '(allow signal (target same-sandbox))',
    `(allow sysctl-read ${SYSCTLS.map((name) => `(sysctl-name-prefix ${quote(name)})`).join(' ')})`,
    // Their names can be asked for anywhere, as for finding one's way; what is in them cannot.
    '(allow file-read-metadata)',
    `(allow file-read* ${subpaths([...SYSTEM, folder, scripts])} ${literals([...FILES, node])})`,
    `(allow process-exec ${subpaths(['/usr', '/bin', '/sbin', folder])} ${literals([node])})`,
    `(allow file-map-executable ${subpaths([...SYSTEM, folder, scripts])} ${literals([node])})`,
    `(allow file-write* ${subpaths([folder])})`,
    `(allow file-write-data file-ioctl ${literals(DEVICES)})`,
    `(allow network-bind network-inbound (local ip "localhost:${loopbackPort}"))`,
    `(allow network-outbound (remote ip "localhost:${loopbackPort}"))`,
    '',
  ].join('\n')
