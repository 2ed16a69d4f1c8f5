import react from '@vitejs/plugin-react'
import tailwind from '@tailwindcss/vite'
import { defineConfig } from 'electron-vite'
import { resolve } from 'node:path'

const source = (path: string) => resolve(import.meta.dirname, 'src', path)

/**
 * Everything but the native SQLite binding is bundled, also what the main process uses: one file to read at
 * start instead of a thousand, and ESM-only packages run on the older Node of an older Electron too.
 */
const external = ['electron', 'better-sqlite3', /^node:/]

export default defineConfig({
  main: {
    resolve: {
      alias: [
        {
          find: /^(ssh2|@grpc\/grpc-js|@grpc\/proto-loader)$/,
          replacement: source('core/runtimes/docker/left-out.ts'),
        },
      ],
    },
    build: {
      outDir: 'out/main',
      externalizeDeps: false,
      minify: true,
      rolldownOptions: {
        external,
        input: {
          index: source('main/index.ts'),
          cli: source('cli/index.ts'),
          'store-worker': source('core/store/worker.ts'),
          'logs-worker': source('core/logs/archive/worker.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      externalizeDeps: false,
      // A sandboxed preload must be CommonJS.
      rolldownOptions: {
        external,
        input: { index: source('preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: source('renderer'),
    // Relative, because the same files are served at app://gantry/ and at /dashboard/.
    base: './',
    plugins: [react(), tailwind()],
    build: {
      outDir: resolve(import.meta.dirname, 'out/renderer'),
      minify: true,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: source('renderer/index.html') },
    },
  },
})
