// npm run dev: brings up what is missing, then runs the app with hot reload.
import { buildInside } from './bringup/app-build.mjs'
import { parseArguments, runScript } from './bringup/command-line.mjs'
import { hasDisplay } from './bringup/display.mjs'
import { endOnSignal, runInFront } from './bringup/foreground.mjs'
import { windowSteps } from './bringup/index.mjs'
import { inModules, node24 } from './bringup/paths.mjs'
import { CannotGoOn, runSteps } from './bringup/steps.mjs'
import { isRoot } from './bringup/system.mjs'

const { verbose, appArguments } = parseArguments(process.argv.slice(2))

await runScript(
  async (report) => {
    if (!hasDisplay())
      throw new CannotGoOn('There is no display here: hot reload needs the window. `npm start` runs without one.')
    const release = endOnSignal(0)
    await runSteps(windowSteps(report, { build: false }), report)
    await buildInside()
    release()
    const flags = isRoot() && process.platform === 'linux' ? ['--noSandbox'] : []
    const tool = inModules('electron-vite', 'bin', 'electron-vite.js')
    const { code, signalled } = await runInFront(node24(), [tool, 'dev', ...flags, '--', ...appArguments])
    return signalled ? 0 : code
  },
  { verbose },
)
