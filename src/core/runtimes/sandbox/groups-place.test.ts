import { expect, it } from 'vitest'
import { findGroups } from './groups-place.ts'

const FIRST = `
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
36 31 0:33 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`
const FIRST_OWN = `8:pids:/
6:freezer:/
4:memory:/docker/abc/inner
1:cpu,cpuacct:/some
0::/
`
const SECOND = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n'
const SERVICE = '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service'

const find = (
  mountinfo: string,
  own: string,
  { closed = [], files = {} }: { closed?: string[]; files?: Record<string, string> } = {},
) =>
  findGroups({
    mountinfo,
    own,
    isWritable: (folder) => !closed.some((path) => folder.startsWith(path)),
    read: (file) => files[file] ?? '',
  })?.('box')

it('of version 1 are made below our own, in each hierarchy, as it is mounted here', () => {
  expect(find(FIRST, FIRST_OWN)).toEqual({
    version: 1,
    memory: '/sys/fs/cgroup/memory/inner/box',
    pids: '/sys/fs/cgroup/pids/box',
    cpu: '/sys/fs/cgroup/cpu,cpuacct/some/box',
    usage: '/sys/fs/cgroup/cpu,cpuacct/some/box',
    freezer: '/sys/fs/cgroup/freezer/box',
  })
})

it('of version 1 leave out what is not ours, and are none where memory or processes are not', () => {
  expect(find(FIRST, FIRST_OWN, { closed: ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/freezer'] })).toEqual({
    version: 1,
    memory: '/sys/fs/cgroup/memory/inner/box',
    pids: '/sys/fs/cgroup/pids/box',
  })
  expect(find(FIRST, FIRST_OWN, { closed: ['/sys/fs/cgroup/pids'] })).toBeUndefined()
  expect(find(FIRST, FIRST_OWN, { closed: ['/sys/fs/cgroup/memory'] })).toBeUndefined()
})

it('of version 2 are made in the nearest group that hands on memory and processes and is ours', () => {
  const own = '0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-gantry.scope\n'
  const files = {
    [`${SERVICE}/app.slice/cgroup.subtree_control`]: 'memory pids\n',
    [`${SERVICE}/cgroup.subtree_control`]: 'cpu memory pids\n',
  }
  const folder = `${SERVICE}/app.slice/box`
  expect(find(SECOND, own, { files })).toEqual({
    version: 2,
    memory: folder,
    pids: folder,
    usage: folder,
    freezer: folder,
  })
  const above = `${SERVICE}/box`
  expect(find(SECOND, own, { files, closed: [`${SERVICE}/app.slice`] })).toEqual({
    version: 2,
    memory: above,
    pids: above,
    usage: above,
    freezer: above,
    cpu: above,
  })
  expect(find(SECOND, own, { files, closed: ['/sys/fs/cgroup'] })).toBeUndefined()
})

it('are none where the kernel mounts none', () => {
  expect(find('', '')).toBeUndefined()
  expect(find(SECOND, '0::/\n')).toBeUndefined()
})
