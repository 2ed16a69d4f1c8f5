/** Known vulnerabilities of an image, as a scanner that is installed here finds them. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { GantryError, type ImageScan } from '../../../contract/index.ts'

const run = promisify(execFile)

type Findings = ImageScan['findings']

const Trivy = z.object({
  Results: z
    .array(
      z.object({
        Vulnerabilities: z
          .array(
            z.object({
              VulnerabilityID: z.string(),
              Severity: z.string(),
              PkgName: z.string(),
              InstalledVersion: z.string().default(''),
              FixedVersion: z.string().default(''),
              Title: z.string().default(''),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
})

const Grype = z.object({
  matches: z.array(
    z.object({
      vulnerability: z.object({
        id: z.string(),
        severity: z.string().default('Unknown'),
        description: z.string().default(''),
        fix: z.object({ versions: z.array(z.string()).default([]) }).default({ versions: [] }),
      }),
      artifact: z.object({ name: z.string(), version: z.string() }),
    }),
  ),
})

export const readTrivy = (output: unknown): Findings =>
  (Trivy.parse(output).Results ?? []).flatMap(({ Vulnerabilities }) =>
    (Vulnerabilities ?? []).map((found) => ({
      id: found.VulnerabilityID,
      severity: found.Severity.toLowerCase(),
      part: found.PkgName,
      version: found.InstalledVersion,
      fixedIn: found.FixedVersion === '' ? null : found.FixedVersion,
      title: found.Title,
    })),
  )

export const readGrype = (output: unknown): Findings =>
  Grype.parse(output).matches.map(({ vulnerability, artifact }) => ({
    id: vulnerability.id,
    severity: vulnerability.severity.toLowerCase(),
    part: artifact.name,
    version: artifact.version,
    fixedIn: vulnerability.fix.versions[0] ?? null,
    title: vulnerability.description,
  }))

const SCANNERS = [
  { name: 'trivy', args: (image: string) => ['image', '--quiet', '--format', 'json', image], read: readTrivy },
  { name: 'grype', args: (image: string) => [image, '--quiet', '-o', 'json'], read: readGrype },
]
const SCAN_MS = 15 * 60_000
const MOST_BYTES = 64 * 1024 * 1024

const RANK = ['critical', 'high', 'medium', 'low', 'negligible']
const rankOf = (severity: string) => (RANK.includes(severity) ? RANK.indexOf(severity) : RANK.length)

export interface ScanOptions {
  image: string
  env: Record<string, string | undefined>
  now: () => Date
  signal: AbortSignal | undefined
}

export const scanImage = async ({ image, env, now, signal }: ScanOptions): Promise<ImageScan> => {
  const folders = (env['PATH'] ?? '').split(':').filter((folder) => folder !== '')
  const scanner = SCANNERS.find(({ name }) => folders.some((folder) => existsSync(join(folder, name))))
  if (scanner === undefined) {
    throw new GantryError('E_UNAVAILABLE', 'There is no scanner for images on this machine.', {
      hint: 'Install trivy or grype, then scan again.',
    })
  }
  try {
    const { stdout } = await run(scanner.name, scanner.args(image), {
      env: env as NodeJS.ProcessEnv,
      timeout: SCAN_MS,
      maxBuffer: MOST_BYTES,
      ...(signal === undefined ? {} : { signal }),
    })
    const findings = scanner.read(JSON.parse(stdout)).toSorted((a, b) => rankOf(a.severity) - rankOf(b.severity))
    const counts = [...Map.groupBy(findings, ({ severity }) => severity)].map(([severity, found]) => [
      severity,
      found.length,
    ])
    return { image, scanner: scanner.name, at: now().toISOString(), counts: Object.fromEntries(counts), findings }
  } catch (cause) {
    const words = ((cause as { stderr?: string }).stderr ?? '').trim().split('\n').at(-1)
    throw new GantryError(
      'E_RUNTIME',
      `${scanner.name} could not scan ${image}: ${words || (cause as Error).message}`,
      { cause },
    )
  }
}
