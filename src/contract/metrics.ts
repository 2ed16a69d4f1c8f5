/** Measures as plain data, and as the Prometheus text format, version 0.0.4. */
import { z } from 'zod'

export const MetricFamily = z.object({
  name: z.string(),
  help: z.string(),
  type: z.enum(['counter', 'gauge', 'histogram', 'summary']),
  samples: z.array(z.object({ name: z.string(), labels: z.record(z.string(), z.string()), value: z.number() })),
})
export type MetricFamily = z.infer<typeof MetricFamily>
export const Metrics = z.object({ items: z.array(MetricFamily) }).meta({
  id: 'Metrics',
  examples: [
    {
      items: [
        {
          name: 'gantry_operations_total',
          help: 'Operations called, by outcome',
          type: 'counter',
          samples: [
            {
              name: 'gantry_operations_total',
              labels: { operation: 'system.info', surface: 'rest', outcome: 'ok' },
              value: 12,
            },
          ],
        },
      ],
    },
  ],
})
export type Metrics = z.infer<typeof Metrics>

const escapeHelp = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const escapeLabel = (text: string) => escapeHelp(text).replaceAll('"', '\\"')

const renderLabels = (labels: Record<string, string>) => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

export const renderPrometheus = ({ items }: Metrics): string =>
  items
    .map((family) =>
      [
        `# HELP ${family.name} ${escapeHelp(family.help)}`,
        `# TYPE ${family.name} ${family.type}`,
        ...family.samples.map((sample) => `${sample.name}${renderLabels(sample.labels)} ${sample.value}`),
        '',
      ].join('\n'),
    )
    .join('\n')
