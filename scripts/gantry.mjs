// npm run gantry -- …: the command line from the checkout. What the bring-up says goes to stderr: stdout belongs to the command.
import { runScript } from './bringup/command-line.mjs'
import { endOnSignal, runInFront } from './bringup/foreground.mjs'
import { commandLineSteps } from './bringup/index.mjs'
import { inRoot, node24 } from './bringup/paths.mjs'
import { runSteps } from './bringup/steps.mjs'

await runScript(
  async (report) => {
    const release = endOnSignal(130)
    await runSteps(commandLineSteps(), report)
    release()
    const args = [inRoot('out', 'main', 'cli.js'), ...process.argv.slice(2)]
    const options = {
      cwd: process.env.INIT_CWD ?? process.cwd(),
      stdio: /** @type {const} */ ('inherit'),
      sameGroup: true,
    }
    return (await runInFront(node24(), args, options)).code
  },
  { stream: process.stderr },
)
