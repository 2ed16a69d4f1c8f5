/** What a box sees of the machine: its programs and libraries, and of /etc what they need to run. Read-only, all of it. */
import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

export interface View {
  /** Links of the root folder, as they are on the machine. */
  links: readonly { path: string; target: string }[]
  binds: readonly string[]
}

const PROGRAMS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store', '/gnu/store']

/** No accounts, no keys, no configuration of the machine: names of libraries, and whom to trust. */
const ETC = [
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/alternatives',
  '/etc/ssl/certs',
  '/etc/ssl/openssl.cnf',
  '/etc/ssl/cert.pem',
  '/etc/pki/ca-trust/extracted',
  '/etc/pki/tls/certs',
  '/etc/ca-certificates/extracted',
  '/etc/mime.types',
  '/etc/protocols',
  '/etc/services',
]

export const viewOf = (root = '/'): View => {
  const found = [...PROGRAMS, ...ETC].flatMap((path) => {
    const seen = lstatSync(join(root, path), { throwIfNoEntry: false })
    return seen === undefined ? [] : { path, isLink: seen.isSymbolicLink() }
  })
  const links = found.filter(({ path, isLink }) => isLink && PROGRAMS.includes(path))
  const binds = found.filter(({ path, isLink }) => !(isLink && PROGRAMS.includes(path)) && existsSync(join(root, path)))
  return {
    links: links.map(({ path }) => ({ path, target: readlinkSync(join(root, path)) })),
    binds: binds.map(({ path }) => path),
  }
}

/** Written anew for the box: the machine's own would tell who lives there. */
export const ETC_FILES: Readonly<Record<string, string>> = {
  passwd:
    'root:x:0:0:root:/:/bin/false\nagent:x:10001:10001:agent:/home/agent:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  group: 'root:x:0:\nagent:x:10001:\nnogroup:x:65534:\n',
  hosts: '127.0.0.1 localhost agent\n::1 localhost agent\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
}
