// What the operating system has to bring, and what the package managers call it. The first name that exists is taken.

/**
 * @typedef {object} Need
 * @property {string} name a shared library (as the linker names it) or a command
 * @property {'library' | 'command'} kind
 * @property {string[]} apt
 * @property {string} dnf
 * @property {string} pacman
 */

/** @returns {Need} */
const library = (
  /** @type {string} */ name,
  /** @type {string[]} */ apt,
  /** @type {string} */ dnf,
  /** @type {string} */ pacman,
) => ({
  name,
  kind: 'library',
  apt,
  dnf,
  pacman,
})

/** @returns {Need} */
const command = (/** @type {string} */ name, /** @type {string} */ apt, dnf = apt, pacman = apt) => ({
  name,
  kind: 'command',
  apt: [apt],
  dnf,
  pacman,
})

/** Without these Electron does not start. */
export const windowNeeds = [
  library('libgtk-3.so.0', ['libgtk-3-0t64', 'libgtk-3-0'], 'gtk3', 'gtk3'),
  library('libnss3.so', ['libnss3'], 'nss', 'nss'),
  library('libgbm.so.1', ['libgbm1'], 'mesa-libgbm', 'mesa'),
  library('libasound.so.2', ['libasound2t64', 'libasound2'], 'alsa-lib', 'alsa-lib'),
  library('libatk-bridge-2.0.so.0', ['libatk-bridge2.0-0t64', 'libatk-bridge2.0-0'], 'at-spi2-atk', 'at-spi2-core'),
  library('libXss.so.1', ['libxss1'], 'libXScrnSaver', 'libxss'),
  library('libXtst.so.6', ['libxtst6'], 'libXtst', 'libxtst'),
]

/** The sandbox for agents where there is no Docker. The app runs without it and says so. */
export const sandboxNeeds = [command('bwrap', 'bubblewrap')]

/** A private screen and desktop bus for tests. */
export const screenNeeds = [
  command('Xvfb', 'xvfb', 'xorg-x11-server-Xvfb', 'xorg-server-xvfb'),
  command('dbus-daemon', 'dbus', 'dbus-daemon', 'dbus'),
]

/** A private Docker engine, and the one program its test images are made of. */
export const dockerNeeds = [
  command('dockerd', 'docker.io', 'docker-ce', 'docker'),
  command('busybox', 'busybox-static', 'busybox', 'busybox'),
]

/** For the one compile that goes with the fallback Electron. */
export const compilerNeeds = [
  command('python3', 'python3', 'python3', 'python'),
  command('make', 'make'),
  command('g++', 'g++', 'gcc-c++', 'gcc'),
]
