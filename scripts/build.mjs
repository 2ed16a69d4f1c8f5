// npm run build: brings up what is missing, then packs the app into dist/ with the Electron at hand. Needs no network.
import { runScript } from './bringup/command-line.mjs'
import { electronInPlace } from './bringup/electron.mjs'
import { fallbackNotice } from './bringup/electron-fallback.mjs'
import { endOnSignal } from './bringup/foreground.mjs'
import { packageSteps } from './bringup/index.mjs'
import { inModules, node24, toolEnv } from './bringup/paths.mjs'
import { run } from './bringup/processes.mjs'
import { runSteps } from './bringup/steps.mjs'

await runScript(async (report) => {
  endOnSignal(130)
  await runSteps(packageSteps(report), report)
  const packing = {
    title: 'Package',
    needed: () => true,
    run: (/** @type {(text: string) => void} */ progress) =>
      run(
        node24(),
        [
          inModules('electron-builder', 'cli.js'),
          '--dir',
          '--config',
          'electron-builder.config.mjs',
          '--publish',
          'never',
          ...process.argv.slice(2),
        ],
        { env: toolEnv({ USE_HARD_LINKS: 'false' }), onLine: (line) => progress(line.trim()) },
      ),
  }
  await runSteps([packing], report)
  report.say('The package is in dist/.')
  if (electronInPlace() === 'fallback') report.say(`Not for release. ${fallbackNotice}`)
  return 0
})
process.exit()
