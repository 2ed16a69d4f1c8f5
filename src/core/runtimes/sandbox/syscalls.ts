/** System calls that no box is to make, with their numbers. */

export type Architecture = 'x64' | 'arm64'

/** `denied` is answered as without permission, `unknown` as on a kernel without the call: then libraries use the older one. */
type Answer = 'denied' | 'unknown'

/** The architecture does not have it. */
const NONE = -1

type Row = readonly [name: string, answer: Answer, x64: number, arm64: number]

const ROWS: readonly Row[] = [
  // File systems and what is seen of them.
  ['mount', 'denied', 165, 40],
  ['umount2', 'denied', 166, 39],
  ['pivot_root', 'denied', 155, 41],
  ['chroot', 'denied', 161, 51],
  ['open_tree', 'denied', 428, 428],
  ['move_mount', 'denied', 429, 429],
  ['fsopen', 'denied', 430, 430],
  ['fsconfig', 'denied', 431, 431],
  ['fsmount', 'denied', 432, 432],
  ['fspick', 'denied', 433, 433],
  ['mount_setattr', 'denied', 442, 442],
  ['open_by_handle_at', 'denied', 304, 265],
  ['quotactl', 'denied', 179, 60],
  ['quotactl_fd', 'denied', 443, 443],
  ['fanotify_init', 'denied', 300, 262],
  ['fanotify_mark', 'denied', 301, 263],
  ['swapon', 'denied', 167, 224],
  ['swapoff', 'denied', 168, 225],
  ['sysfs', 'denied', 139, NONE],
  ['ustat', 'denied', 136, NONE],
  ['nfsservctl', 'unknown', 180, 42],
  // Spaces of their own, where there would be rights again.
  ['unshare', 'denied', 272, 97],
  ['setns', 'denied', 308, 268],
  ['sethostname', 'denied', 170, 161],
  ['setdomainname', 'denied', 171, 162],
  // Its arguments lie in memory where they cannot be looked at.
  ['clone3', 'unknown', 435, 435],
  // Other processes.
  ['ptrace', 'denied', 101, 117],
  ['process_vm_readv', 'denied', 310, 270],
  ['process_vm_writev', 'denied', 311, 271],
  ['process_madvise', 'denied', 440, 440],
  ['pidfd_getfd', 'denied', 438, 438],
  ['kcmp', 'denied', 312, 272],
  ['move_pages', 'denied', 279, 239],
  ['migrate_pages', 'denied', 256, 238],
  // Parts of the kernel with a long history of holes, or that look into it.
  ['bpf', 'denied', 321, 280],
  ['perf_event_open', 'denied', 298, 241],
  ['userfaultfd', 'denied', 323, 282],
  ['io_uring_setup', 'unknown', 425, 425],
  ['io_uring_enter', 'unknown', 426, 426],
  ['io_uring_register', 'unknown', 427, 427],
  ['keyctl', 'denied', 250, 219],
  ['add_key', 'denied', 248, 217],
  ['request_key', 'denied', 249, 218],
  ['syslog', 'denied', 103, 116],
  ['lookup_dcookie', 'denied', 212, 18],
  ['modify_ldt', 'denied', 154, NONE],
  ['uselib', 'unknown', 134, NONE],
  ['_sysctl', 'unknown', 156, NONE],
  ['afs_syscall', 'unknown', 183, NONE],
  ['tuxcall', 'unknown', 184, NONE],
  ['security', 'unknown', 185, NONE],
  ['getpmsg', 'unknown', 181, NONE],
  ['putpmsg', 'unknown', 182, NONE],
  ['epoll_ctl_old', 'unknown', 214, NONE],
  ['epoll_wait_old', 'unknown', 215, NONE],
  // The machine itself.
  ['kexec_load', 'denied', 246, 104],
  ['kexec_file_load', 'denied', 320, 294],
  ['init_module', 'denied', 175, 105],
  ['finit_module', 'denied', 313, 273],
  ['delete_module', 'denied', 176, 106],
  ['create_module', 'unknown', 174, NONE],
  ['query_module', 'unknown', 178, NONE],
  ['get_kernel_syms', 'unknown', 177, NONE],
  ['reboot', 'denied', 169, 142],
  ['acct', 'denied', 163, 89],
  ['settimeofday', 'denied', 164, 170],
  ['clock_settime', 'denied', 227, 112],
  ['clock_adjtime', 'denied', 305, 266],
  ['adjtimex', 'denied', 159, 171],
  ['iopl', 'denied', 172, NONE],
  ['ioperm', 'denied', 173, NONE],
  ['vhangup', 'denied', 153, 58],
]

/** Calls that depend on what they are asked for. */
const JUDGED = {
  clone: { x64: 56, arm64: 220 },
  ioctl: { x64: 16, arm64: 29 },
  socket: { x64: 41, arm64: 198 },
  personality: { x64: 135, arm64: 92 },
} as const

/** `removexattrat`: what came later was not looked at yet. Numbers this high are the same everywhere. */
export const LAST_KNOWN = 466

const columnOf = { x64: 2, arm64: 3 } as const

export const refusedCalls = (architecture: Architecture): { name: string; answer: Answer; number: number }[] =>
  ROWS.flatMap((row) => {
    const number = row[columnOf[architecture]]
    return number === NONE ? [] : [{ name: row[0], answer: row[1], number }]
  })

export const numberOf = (call: keyof typeof JUDGED, architecture: Architecture): number => JUDGED[call][architecture]
