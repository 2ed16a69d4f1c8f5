/** What programs find in their environment, so that they reach models and tools here without being changed. */
import type { RunSpec } from '../wire/index.ts'

/** Programs insist on a key. The real one is where they cannot reach. */
const NO_KEY = 'placeholder-the-key-stays-outside-the-box'

const proxies = (base: string): Record<string, string> => {
  const here = '127.0.0.1,localhost,::1'
  const named = { HTTP_PROXY: base, HTTPS_PROXY: base, NO_PROXY: here }
  const lower = Object.entries(named).map(([name, value]) => [name.toLowerCase(), value])
  return { ...named, ...Object.fromEntries(lower) }
}

export const environmentOf = (
  spec: Pick<RunSpec, 'env' | 'egress'>,
  { port, home, inherited }: { port: number; home: string; inherited: NodeJS.ProcessEnv },
): NodeJS.ProcessEnv => {
  const base = `http://127.0.0.1:${port}`
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    ...inherited,
    HOME: home,
    TMPDIR: '/tmp',
    GANTRY_URL: base,
    GANTRY_MCP_URL: `${base}/mcp`,
    OPENAI_BASE_URL: `${base}/v1`,
    OPENAI_API_BASE: `${base}/v1`,
    OPENAI_API_KEY: NO_KEY,
    ANTHROPIC_BASE_URL: base,
    ANTHROPIC_API_BASE: base,
    ANTHROPIC_API_KEY: NO_KEY,
    ANTHROPIC_AUTH_TOKEN: NO_KEY,
    OLLAMA_HOST: base,
    OLLAMA_API_BASE: base,
    GOOGLE_GEMINI_BASE_URL: base,
    GEMINI_API_KEY: NO_KEY,
    ...(spec.egress ? proxies(base) : {}),
    ...spec.env,
  }
}
