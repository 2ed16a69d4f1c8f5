/** Hands the page one MessagePort to the core, and nothing else. The page asks, the main process decides. */
import { ipcRenderer } from 'electron'

window.addEventListener('message', (event) => {
  if (event.source === window && event.data === 'gantry:connect') ipcRenderer.send('gantry:connect')
})

ipcRenderer.on('gantry:port', (event) => {
  window.postMessage('gantry:port', location.origin, [...event.ports])
})
