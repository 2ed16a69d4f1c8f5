/** A start that failed is told once, in words: on standard error, and in a dialog where somebody can close it. */
import { app, dialog } from 'electron'
import { ERRORS, toGantryError } from '../contract/index.ts'

/** An installed app has no terminal that anybody reads; under a script or a test nobody could close a dialog. */
const mayAsk = () => app.isPackaged && process.stdin.isTTY !== true && process.env['GANTRY_NO_DIALOGS'] === undefined

export const endWithFailure = async (thrown: unknown): Promise<void> => {
  const { code, message, hint } = toGantryError(thrown).toBody()
  process.stderr.write(`${message}\n${hint === undefined ? '' : `${hint}\n`}`)
  if (mayAsk()) {
    await app.whenReady()
    // Not the blocking kind: a signal must still be able to end us.
    await dialog.showMessageBox({ type: 'error', title: 'Gantry', message, detail: hint ?? '', buttons: ['Quit'] })
  }
  app.exit(ERRORS[code].exit)
}
