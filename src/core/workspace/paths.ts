/** Names of files inside a workspace. They may come from a box, so none is believed. */

const LONGEST_PATH = 1024
const LONGEST_NAME = 255

/** Not to be written on Windows, or with a meaning of their own there. */
const WINDOWS_UNSAFE = /[<>:"|?*\\]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

const isSafeName = (name: string, platform: NodeJS.Platform): boolean =>
  name !== '' &&
  name !== '.' &&
  name !== '..' &&
  !name.includes('\0') &&
  // What was no UTF-8 cannot be found again under this name.
  !name.includes('\uFFFD') &&
  Buffer.byteLength(name) <= LONGEST_NAME &&
  !(platform === 'win32' && WINDOWS_UNSAFE.test(name))

/** Whether it names something below the root, in one way only. */
export const isSafePath = (path: string, platform: NodeJS.Platform = process.platform): boolean =>
  path.length <= LONGEST_PATH && path.split('/').every((name) => isSafeName(name, platform))

/** Letters that some file systems do not see. */
const UNSEEN = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g

const isGitName = (name: string): boolean => {
  const plain = name
    .replaceAll(UNSEEN, '')
    .replace(/[. ]+$/, '')
    .toLowerCase()
  return plain === '.git' || plain === 'git~1'
}

/** In the folder of git lie programs that git runs, and often a key. It goes neither in nor out. */
export const isGitPath = (path: string): boolean => path.split('/').some(isGitName)

/** What a patch lays beside the files of a folder before it is written; a kill may leave it there. */
export const STAGING = '.gantry-patch-'
