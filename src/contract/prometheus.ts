/** Metrics in the Prometheus text exposition format, version 0.0.4. */
import type { Metrics } from './system.ts'

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
