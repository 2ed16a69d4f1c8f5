// npm test: brings up what is missing, builds, then runs unit tests and the window's tests, and counts both.
// `npm test -- unit …` and `npm test -- e2e …` narrow it; further arguments go to the tool.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { countPlaywright, countVitest, closingLine } from './bringup/counts.mjs'
import { runScript } from './bringup/command-line.mjs'
import { hasDisplay, openDisplay } from './bringup/display.mjs'
import { chooseEngine, openEngine } from './bringup/docker.mjs'
import { createOwner, endOnSignal, untilEnded } from './bringup/foreground.mjs'
import { testSteps } from './bringup/index.mjs'
import { inModules, node24, toolEnv } from './bringup/paths.mjs'
import { start } from './bringup/processes.mjs'
import { runSteps } from './bringup/steps.mjs'

const [first, ...others] = process.argv.slice(2)
const only = first === 'unit' || first === 'e2e' ? first : undefined
const rest = only ? others : process.argv.slice(2)

/**
 * @param {string[]} args
 * @param {Record<string, string>} env
 * @returns {Promise<boolean>} whether it ended well
 */
async function runTool(args, env) {
  const child = start(node24(), args, { env: toolEnv(env), stdio: ['ignore', 'inherit', 'inherit'] })
  const code = await new Promise((resolve) => child.once('close', resolve))
  await untilEnded()
  return code === 0
}

await runScript(async (report) => {
  const owner = createOwner()
  endOnSignal(130, owner.close)
  const results = mkdtempSync(join(tmpdir(), 'gantry-results-'))
  owner.add(() => rmSync(results, { recursive: true, force: true }))
  const choice = await chooseEngine()
  await runSteps(testSteps(report, { screen: !hasDisplay(), docker: choice.kind === 'private' }), report)

  const counts = []
  let well = true
  try {
    const engine = await openEngine(choice, report, owner)
    const display = await openDisplay()
    owner.add(display.stop)
    const env = { ...engine, ...display.env }

    if (only !== 'e2e') {
      const file = join(results, 'vitest.json')
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
      // A part of the tests cannot reach the coverage that all of them have to.
      const coverage = rest.length === 0 ? ['--coverage'] : []
      const args = [inModules('vitest', 'vitest.mjs'), 'run', ...coverage, ...reporters, ...rest]
      well = (await runTool(args, env)) && well
      counts.push(countVitest(file))
    }
    if (only !== 'unit') {
      const file = join(results, 'playwright.json')
      const tool = inModules('@playwright', 'test', 'cli.js')
      const args = [tool, 'test', '--reporter=list,json', ...rest]
      well = (await runTool(args, { ...env, PLAYWRIGHT_JSON_OUTPUT_NAME: file })) && well
      counts.push(countPlaywright(file))
    }
  } finally {
    await owner.close()
  }
  const { line, failed } = closingLine(counts)
  if (!well && !failed) report.say('A test tool ended with an error of its own; see above.')
  report.say(line)
  return well && !failed ? 0 : 1
})
process.exit()
