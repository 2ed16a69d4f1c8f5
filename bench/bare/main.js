// The least an Electron window can be: what every number of ours is held against.
import { BrowserWindow, app } from 'electron'
import { join } from 'node:path'

app.setPath('userData', process.env.BARE_HOME)
void app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1280, height: 800, show: false, webPreferences: { sandbox: true } })
  window.once('ready-to-show', () => window.show())
  void window.loadFile(join(import.meta.dirname, 'index.html'))
})
