// npm run bench: brings up what the benchmarks need, then runs them; on a private screen where there is no display.
// npm run bench:load: the same for the load on the REST surface.
import { runScript } from './bringup/command-line.mjs'
import { hasDisplay, openDisplay } from './bringup/display.mjs'
import { chooseEngine, openEngine } from './bringup/docker.mjs'
import { createOwner, endOnSignal } from './bringup/foreground.mjs'
import { testSteps } from './bringup/index.mjs'
import { inRoot, node24, toolEnv } from './bringup/paths.mjs'
import { start } from './bringup/processes.mjs'
import { runSteps } from './bringup/steps.mjs'

await runScript(async (report) => {
  const owner = createOwner()
  endOnSignal(130, owner.close)
  const choice = await chooseEngine()
  await runSteps(testSteps(report, { screen: !hasDisplay(), docker: choice.kind === 'private' }), report)
  try {
    const engine = await openEngine(choice, report, owner)
    const display = await openDisplay()
    owner.add(display.stop)
    const [first, ...more] = process.argv.slice(2)
    const words =
      first === 'load-harness'
        ? [inRoot('bench', 'load', 'run.ts'), ...more]
        : [inRoot('bench', 'run.ts'), ...process.argv.slice(2)]
    const bench = start(node24(), words, {
      env: toolEnv({ ...engine, ...display.env }),
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    return await new Promise((resolve) => bench.once('close', (code) => resolve(code ?? 1)))
  } finally {
    await owner.close()
  }
})
process.exit()
