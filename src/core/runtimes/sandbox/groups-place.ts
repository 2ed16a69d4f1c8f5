/** Where on this machine control groups for boxes can be made, read from what the kernel says is mounted. */
import { join } from 'node:path'
import type { Groups } from '../../../supervisor/index.ts'

interface Mount {
  root: string
  path: string
  type: string
  options: string[]
}

/** As in proc(5): fields, optional ones, a dash, then the kind of the file system and its own options. */
const parseMounts = (mountinfo: string): Mount[] =>
  mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , root, path] = before.split(' ')
    const [type = '', , options = ''] = after.split(' ')
    if (root === undefined || path === undefined || !type.startsWith('cgroup')) return []
    return [{ root, path, type, options: options.split(',') }]
  })

/** The group that this process is in, for each controller; version 2 has the empty name. */
const parseOwn = (text: string): Map<string, string> =>
  new Map(
    text.split('\n').flatMap((line) => {
      const [, controllers, ...path] = line.split(':')
      return controllers === undefined ? [] : controllers.split(',').map((one) => [one, path.join(':')] as const)
    }),
  )

const folderOf = ({ root, path }: Mount, own: string): string =>
  join(path, root !== '/' && own.startsWith(root) ? own.slice(root.length) : own)

export interface GroupsView {
  mountinfo: string
  own: string
  isWritable: (folder: string) => boolean
  read: (file: string) => string
}

const CONTROLLERS = { memory: 'memory', pids: 'pids', cpu: 'cpu', usage: 'cpuacct', freezer: 'freezer' } as const
type Role = keyof typeof CONTROLLERS

const firstVersion = (mounts: readonly Mount[], own: Map<string, string>, isWritable: GroupsView['isWritable']) => {
  const parents: Partial<Record<Role, string>> = {}
  for (const [role, controller] of Object.entries(CONTROLLERS) as [Role, string][]) {
    const mount = mounts.find(({ type, options }) => type === 'cgroup' && options.includes(controller))
    const folder = mount === undefined ? undefined : folderOf(mount, own.get(controller) ?? '/')
    if (folder !== undefined && isWritable(folder)) parents[role] = folder
  }
  return parents
}

/** The nearest group around ours that hands on what is needed: one with processes of its own cannot. */
const secondVersion = (mounts: readonly Mount[], own: Map<string, string>, { isWritable, read }: GroupsView) => {
  const mount = mounts.find(({ type }) => type === 'cgroup2')
  if (mount === undefined) return undefined
  for (let folder = folderOf(mount, own.get('') ?? '/'); folder.startsWith(mount.path); folder = join(folder, '..')) {
    const handedOn = read(join(folder, 'cgroup.subtree_control')).trim().split(' ')
    const serves = handedOn.includes('memory') && handedOn.includes('pids')
    if (serves && isWritable(folder) && isWritable(join(folder, 'cgroup.procs'))) {
      return { folder, hasCpu: handedOn.includes('cpu') }
    }
    if (folder === mount.path) break
  }
  return undefined
}

/** The groups of a box by its name, or undefined where memory and processes could not both be held. */
export const findGroups = (view: GroupsView): ((name: string) => Groups) | undefined => {
  const mounts = parseMounts(view.mountinfo)
  const own = parseOwn(view.own)
  const second = secondVersion(mounts, own, view)
  if (second !== undefined) {
    return (name) => {
      const folder = join(second.folder, name)
      const cpu = second.hasCpu ? { cpu: folder } : {}
      return { version: 2, memory: folder, pids: folder, usage: folder, freezer: folder, ...cpu }
    }
  }
  const parents = firstVersion(mounts, own, view.isWritable)
  if (parents.memory === undefined || parents.pids === undefined) return undefined
  return (name) => {
    const folders = Object.entries(parents).map(([role, parent]) => [role, join(parent, name)] as const)
    return { version: 1, ...Object.fromEntries(folders) }
  }
}
