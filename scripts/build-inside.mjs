// Builds out/agent: the scripts that run in boxes and beside them, each a single file that needs nothing but Node 24.
import { build } from 'rolldown'
import { inRoot } from './bringup/paths.mjs'

const scripts = {
  agent: 'src/inside/agent.ts',
  hello: 'src/inside/hello.ts',
  assistant: 'src/inside/assistant/index.ts',
  supervisor: 'src/supervisor/main.ts',
}

for (const [name, source] of Object.entries(scripts)) {
  await build({
    input: inRoot(source),
    platform: 'node',
    // What bundled libraries are warned about cannot be changed here.
    logLevel: 'silent',
    output: { file: inRoot('out', 'agent', `${name}.mjs`), format: 'esm', minify: true, codeSplitting: false },
  })
}
