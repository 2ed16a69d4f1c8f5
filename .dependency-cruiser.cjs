// Who may import whom. Each rule's comment says why; `npm run check` names the rule that a change breaks.
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'contract-imports-nothing-of-ours',
      comment: 'Every surface is derived from the contract, so it must stand without any of them.',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { path: '^(src/(?!contract/)|e2e/|bench/|scripts/)' },
    },
    {
      name: 'the-wire-needs-nothing',
      comment: 'Both ends of it hold it, and one of them runs where there is nothing but Node.',
      severity: 'error',
      from: { path: '^src/wire/' },
      to: { pathNot: '^src/wire/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'scripts-of-boxes-know-the-wire-only',
      comment:
        'They become single files that run apart from the app, inside a box or beside it: nothing of the app may get in there with them.',
      severity: 'error',
      from: { path: '^src/(inside|supervisor)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(src|e2e|bench|scripts)/', pathNot: ['^src/wire/', '^src/$1/'] },
    },
    {
      name: 'core-domains-meet-at-their-index',
      comment:
        'What a domain keeps behind its index.ts is free to change: another domain that reaches past it breaks then.',
      severity: 'error',
      from: { path: '^src/core/([^/]+)/' },
      to: { path: '^src/core/[^/]+/', pathNot: ['^src/core/$1/', '^src/core/[^/]+/index\\.ts$'] },
    },
    {
      name: 'core-never-imports-electron',
      comment: 'The core runs unchanged under plain Node: that is the headless server, and how it is tested.',
      severity: 'error',
      from: { path: '^src/(core|cli|contract)/' },
      to: { path: '(^|/)electron(/|$)' },
    },
    {
      name: 'renderer-knows-the-contract-only',
      comment:
        'The window and the web dashboard are the same files: they reach the core through the contract, from wherever they run.',
      severity: 'error',
      from: { path: '^src/renderer/' },
      to: { path: '^src/(core|main|preload|cli)/' },
    },
    {
      name: 'renderer-needs-no-node',
      comment: 'It runs in a sandboxed page and in a browser, where Node and Electron do not exist.',
      severity: 'error',
      from: { path: '^src/renderer/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '(^|/)electron(/|$)' },
    },
    {
      name: 'renderer-needs-no-node-built-in',
      comment: 'It runs in a sandboxed page and in a browser, where Node and Electron do not exist.',
      severity: 'error',
      from: { path: '^src/renderer/', pathNot: '\\.test\\.tsx?$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'preload-imports-electron-only',
      comment:
        'A sandboxed preload can load nothing else, and everything it holds is exposed to the page. Types cost nothing.',
      severity: 'error',
      from: { path: '^src/preload/' },
      to: { pathNot: ['^src/preload/', '(^|/)electron(/|$)'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nobody-imports-main',
      comment: 'Main is a host: it composes and shows. A rule that someone else needs belongs to a domain.',
      severity: 'error',
      from: { path: '^src/(?!main/)' },
      to: { path: '^src/main/' },
    },
    {
      name: 'nobody-imports-cli',
      comment:
        'The command line is a host: it translates and shows. A rule that someone else needs belongs to a domain.',
      severity: 'error',
      from: { path: '^src/(?!cli/)' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'only-the-composer-imports-http',
      comment:
        'The HTTP surface is a host: it translates requests. A domain that needs something of it has a rule in the wrong place.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/core/(index\\.ts$|http/)' },
      to: { path: '^src/core/http/' },
    },
    {
      name: 'hosts-use-core-through-its-indexes',
      comment: 'A host that reaches into a domain knows more of it than the domain promises.',
      severity: 'error',
      from: { path: '^src/(main|cli)/' },
      to: { path: '^src/core/[^/]+/', pathNot: '^src/core/[^/]+/index\\.ts$' },
    },
    {
      name: 'no-cycles',
      comment: 'Two modules that need each other are one module, or hide a third.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'every-import-is-found',
      comment: 'An import that cannot be resolved is one that no other rule can see.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true, pathNot: '\\?(raw|url|worker)$' },
    },
  ],
  options: {
    // TypeScript 7 has no parser for other programs; swc reads the sources instead, type imports included.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
    },
  },
}
