/** Counters and gauges, kept by prom-client and handed out as plain data; contract/metrics.ts writes them as text. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { MetricFamily } from '../../contract/index.ts'

export interface Call {
  operation: string
  surface: string
  outcome: string
  seconds: number
}

export interface MeasureSources {
  storeBytes: () => number
  eventLoopP99Seconds: () => number
  startedAt: Date
  version: string
}

export const createMeasures = ({ storeBytes, eventLoopP99Seconds, startedAt, version }: MeasureSources) => {
  const registry = new Registry()
  const registers = [registry]
  let calls = 0

  const total = new Counter({
    name: 'gantry_operations_total',
    help: 'Operations called, by outcome',
    labelNames: ['operation', 'surface', 'outcome'],
    registers,
  })
  const duration = new Histogram({
    name: 'gantry_operation_duration_seconds',
    help: 'How long operations took; for streams, how long they lasted',
    labelNames: ['operation'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers,
  })
  const gauge = (name: string, help: string, read: () => number) => {
    // It lives in the registry, which asks it.
    void new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }
  /** One value for each of a few words, such as a state. */
  const gaugeBy = (name: string, help: string, label: string, read: () => Iterable<readonly [string, number]>) => {
    void new Gauge({
      name,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset()
        for (const [word, value] of read()) this.set({ [label]: word }, value)
      },
    })
  }
  const counter = (name: string, help: string, label?: string) => {
    const made = new Counter({ name, help, labelNames: label === undefined ? [] : [label], registers })
    return (by = 1, word?: string) =>
      label === undefined || word === undefined ? made.inc(by) : made.inc({ [label]: word }, by)
  }
  gauge('gantry_resident_memory_bytes', 'Resident memory of the process', () => process.memoryUsage.rss())
  gauge('gantry_event_loop_delay_p99_seconds', 'How late timers fire, 99th percentile', eventLoopP99Seconds)
  gauge('gantry_store_bytes', 'Size of the database with its journal', storeBytes)
  gauge(
    'gantry_start_time_seconds',
    'When this Gantry started, in seconds since 1970',
    () => startedAt.getTime() / 1000,
  )
  new Gauge({ name: 'gantry_info', help: 'The version running', labelNames: ['version'], registers }).set(
    { version },
    1,
  )

  const record = ({ operation, surface, outcome, seconds }: Call) => {
    calls += 1
    total.inc({ operation, surface, outcome })
    duration.observe({ operation }, seconds)
  }

  const collect = async (): Promise<MetricFamily[]> =>
    (await registry.getMetricsAsJSON()).map((metric) => ({
      name: metric.name,
      help: metric.help,
      type: String(metric.type) as MetricFamily['type'],
      samples: metric.values.map((value) => ({
        name: 'metricName' in value && typeof value.metricName === 'string' ? value.metricName : metric.name,
        labels: Object.fromEntries(Object.entries(value.labels).map(([label, text]) => [label, String(text)])),
        value: value.value,
      })),
    }))

  return { record, collect, calls: () => calls, gauge, gaugeBy, counter }
}

export type Measures = ReturnType<typeof createMeasures>
