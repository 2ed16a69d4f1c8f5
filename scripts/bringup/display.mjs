// A private screen (Xvfb) and desktop bus, for machines without a display.
import { endOrphans, start, stop } from './processes.mjs'
import { findCommand } from './system.mjs'

/** Whether a window can be shown here. */
export const hasDisplay = (env = process.env, platform = process.platform) =>
  platform !== 'linux' || Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY)

/**
 * @returns {Promise<{ env: Record<string, string>, stop: () => Promise<void> }>}
 */
export async function openDisplay() {
  if (hasDisplay()) return { env: {}, stop: async () => {} }
  endOrphans()
  const screen = start(
    findCommand('Xvfb') ?? 'Xvfb',
    ['-displayfd', '1', '-screen', '0', '1440x900x24', '-nolisten', 'tcp'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const bus = start(
    findCommand('dbus-daemon') ?? 'dbus-daemon',
    ['--session', '--nofork', '--nopidfile', '--print-address=1'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const close = async () => {
    await Promise.all([stop(screen), stop(bus)])
  }
  try {
    const [display, address] = await Promise.all([firstLine(screen, 'Xvfb'), firstLine(bus, 'dbus-daemon')])
    const env = {
      DISPLAY: `:${display}`,
      DBUS_SESSION_BUS_ADDRESS: address,
      XDG_CURRENT_DESKTOP: 'KDE',
      XDG_SESSION_TYPE: 'x11',
    }
    return { env, stop: close }
  } catch (error) {
    await close()
    throw error
  }
}

/** @param {import('node:child_process').ChildProcess} child @param {string} name @returns {Promise<string>} */
function firstLine(child, name) {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk) => {
      text += chunk
      if (text.includes('\n')) resolve(text.split('\n')[0].trim())
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`${name} did not start`)))
  })
}
