/** The floors of the house: a part may use what lies below it, never what lies above or beside it (docs/decisions/0001-floors.md). */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'contract-is-the-ground-floor',
      severity: 'error',
      from: { path: '^contract/' },
      to: { path: '^(platform-services|runtime|nodes|settings)' },
    },
    {
      name: 'kit-knows-no-service',
      severity: 'error',
      from: { path: '^platform-services/kit/' },
      to: { path: '^(platform-services/(?!kit/)|runtime|nodes|settings)' },
    },
    {
      name: 'services-never-import-each-other',
      severity: 'error',
      from: { path: '^platform-services/([^/]+)/', pathNot: '^platform-services/kit/' },
      to: { path: '^platform-services/(?!kit/)', pathNot: '^platform-services/$1/' },
    },
    {
      name: 'services-know-no-runtime',
      severity: 'error',
      from: { path: '^platform-services/' },
      to: { path: '^(runtime|nodes|settings)' },
    },
    {
      name: 'nodes-know-only-kit-and-contract',
      severity: 'error',
      from: { path: '^nodes/([^/]+)/' },
      to: { path: '^(platform-services|runtime|settings)' },
    },
    {
      name: 'nodes-never-import-each-other',
      severity: 'error',
      from: { path: '^nodes/([^/]+)/' },
      to: { path: '^nodes/(?!kit/)', pathNot: '^nodes/$1/' },
    },
    {
      name: 'only-the-composition-root-knows-services',
      severity: 'error',
      from: { path: '^runtime/', pathNot: '^runtime/(main\\.ts|cli/)' },
      to: { path: '^platform-services/(?!kit/)' },
    },
    {
      name: 'only-the-composition-root-knows-adapters',
      severity: 'error',
      from: { path: '^runtime/', pathNot: '^runtime/ports\\.ts' },
      to: { path: '^platform-services/kit/(bus|store|history)/sqlite/' },
    },
    {
      name: 'protocol-is-words-only',
      severity: 'error',
      from: { path: '^runtime/protocol/' },
      to: { path: '^(platform-services|runtime/(?!protocol/)|nodes)' },
    },
    {
      name: 'tenant-holds-no-clients',
      severity: 'error',
      from: { path: '^runtime/tenant/' },
      to: { path: '^(platform-services|runtime/(?!tenant/|protocol/|start-garbage\\.ts))', reachable: true },
    },
    {
      name: 'only-the-composition-root-reads-settings',
      severity: 'error',
      from: { pathNot: '^(runtime/main\\.ts|runtime/cli/|settings\\.ts|scripts/)' },
      to: { path: '^settings\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/dist/|/test/|\\.test\\.ts$)' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default', 'types'] },
  },
};
