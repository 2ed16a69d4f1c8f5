// npm run check: types, lint, format, layers and dead code, side by side; a line for each.
import { runScript } from './bringup/command-line.mjs'
import { endOnSignal } from './bringup/foreground.mjs'
import { checkSteps } from './bringup/index.mjs'
import { inModules, node24 } from './bringup/paths.mjs'
import { CommandFailed, run } from './bringup/processes.mjs'
import { runSteps } from './bringup/steps.mjs'

const checks = [
  { name: 'types', args: [inModules('typescript', 'bin', 'tsc'), '--noEmit'] },
  { name: 'lint', args: [inModules('oxlint', 'bin', 'oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'format', args: [inModules('oxfmt', 'bin', 'oxfmt'), '--check', '.'] },
  {
    name: 'layers',
    args: [
      inModules('dependency-cruiser', 'bin', 'dependency-cruiser.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      'src',
    ],
  },
  { name: 'dead code', args: [inModules('knip', 'bin', 'knip.js')] },
]

/** Without the note that TypeScript 7 has no parser for dependency-cruiser: swc parses for it, and a test proves it. */
const tidy = (/** @type {string} */ output) => output.replace(/\n‼ missing-tsc-transpiler[\s\S]*$/, '')

await runScript(async (report) => {
  endOnSignal(130)
  await runSteps(checkSteps(), report)
  const failures = await Promise.all(
    checks.map(async ({ name, args }) => {
      const began = Date.now()
      const seconds = () => `${((Date.now() - began) / 1000).toFixed(1)} s`
      try {
        await run(node24(), args)
        report.say(`  ✓ ${name}  ${seconds()}`)
        return undefined
      } catch (error) {
        report.say(`  ✗ ${name}  ${seconds()}`)
        return { name, output: error instanceof CommandFailed ? tidy(error.output) : String(error) }
      }
    }),
  )
  for (const failure of failures) if (failure) report.say(`\n── ${failure.name} ──\n${failure.output.trim()}`)
  return failures.some(Boolean) ? 1 : 0
})
process.exit()
