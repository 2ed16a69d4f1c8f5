/**
 * What tests of the core and its hosts share: real cores in temporary folders, real clients, real child processes.
 * Promises that what a test opens is closed with it. Never touches the real home or a fixed port.
 */
export { provideImage } from './image.ts'
export { manualClock, manualTimer } from './time.ts'
export { type TestCore, type TestCoreOptions, startTestCore } from './core.ts'
export { connectMcp, mcpCall } from './mcp.ts'
export { type Cleanup, freePort, suiteCleanup, tempHome, testEnv, until, walk } from './home.ts'
export { type Reply, openSse, send } from './http.ts'
export { NODE, CLI, ROOT, runCli, spawnCli } from './cli.ts'
export { type Provider, startProvider } from './providers/index.ts'
