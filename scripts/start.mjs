// npm start: brings up what is missing, then opens the window; without a display, or with --headless, the same core without one.
import { parseArguments, runScript } from './bringup/command-line.mjs'
import { hasDisplay } from './bringup/display.mjs'
import { endOnSignal, runInFront } from './bringup/foreground.mjs'
import { headlessSteps, windowCommand, windowSteps } from './bringup/index.mjs'
import { inRoot, node24, root, toolEnv } from './bringup/paths.mjs'
import { runSteps } from './bringup/steps.mjs'

const { headless, verbose, appArguments } = parseArguments(process.argv.slice(2))

await runScript(
  async (report) => {
    const withWindow = !headless && hasDisplay()
    if (!headless && !withWindow)
      report.say('There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set): starting without a window.')

    const release = endOnSignal(0)
    await runSteps(withWindow ? windowSteps(report) : headlessSteps(report), report)
    release()

    const [command, args] = withWindow
      ? windowCommand(appArguments)
      : [node24(), [inRoot('out', 'main', 'cli.js'), 'serve', ...appArguments]]
    const { code, signalled } = await runInFront(command, args, {
      cwd: root,
      env: withWindow ? process.env : toolEnv(),
    })
    return signalled ? 0 : code
  },
  { verbose },
)
