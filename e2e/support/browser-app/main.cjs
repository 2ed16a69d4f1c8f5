// Electron as a plain browser, for machines without one: a window at an address, and nothing of Gantry.
const { BrowserWindow, app } = require('electron')

app.setPath('userData', process.env.BROWSER_DATA)
app.userAgentFallback = app.userAgentFallback.replace(/ (Electron|browser)\/\S+/g, '')
void app
  .whenReady()
  .then(() => new BrowserWindow({ width: 1280, height: 800, webPreferences: { sandbox: true } }).loadURL('about:blank'))
