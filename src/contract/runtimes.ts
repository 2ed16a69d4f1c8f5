/** Where agents run: which runtimes there are, how they are, and the images they need. */
import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { operation } from './operation.ts'

export const RuntimeName = z.enum(['sandbox', 'docker'])
export type RuntimeName = z.infer<typeof RuntimeName>

export const RuntimeStatus = z
  .object({
    name: RuntimeName,
    available: z.boolean(),
    reason: z.string().nullable().describe('Why not, and what would help'),
    version: z.string().nullable(),
    detail: z.string().describe('What it is and how it was found'),
    boxes: z.int().describe('How many boxes of this Gantry it holds'),
  })
  .meta({
    id: 'Runtime',
    examples: [
      {
        name: 'docker',
        available: true,
        reason: null,
        version: '28.2.1',
        detail: 'unix:///var/run/docker.sock, from the usual place',
        boxes: 3,
      },
    ],
  })
export type RuntimeStatus = z.infer<typeof RuntimeStatus>

export const ImageStatus = z.object({
  image: z.string(),
  templates: z.array(z.string()),
  recipe: z.string().nullable(),
  present: z.boolean(),
  bytes: z.int().nullable(),
  createdAt: z.iso.datetime().nullable(),
})
export type ImageStatus = z.infer<typeof ImageStatus>

export const ImageProgress = z
  .object({
    at: z.iso.datetime(),
    step: z.string(),
    percent: z.number().min(0).max(100).nullable(),
    done: z.boolean(),
  })
  .meta({
    id: 'ImageProgress',
    examples: [
      { at: '2026-11-21T14:05:00.000Z', step: 'Assembling from files of this machine', percent: 40, done: false },
    ],
  })
export type ImageProgress = z.infer<typeof ImageProgress>

export const ImageScan = z.object({
  image: z.string(),
  scanner: z.string(),
  at: z.iso.datetime(),
  counts: z.record(z.string(), z.int()).describe('Findings by severity'),
  findings: z.array(
    z.object({
      id: z.string(),
      severity: z.string(),
      part: z.string(),
      version: z.string(),
      fixedIn: z.string().nullable(),
      title: z.string(),
    }),
  ),
})
export type ImageScan = z.infer<typeof ImageScan>

const ImageName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._/:@-]*$/i, 'must be the name of an image')
  .max(200)
  .meta({ examples: ['gantry/agent:1'] })

export const runtimes = {
  list: operation(
    'List runtimes',
    {
      method: 'GET',
      path: '/runtimes',
      description: 'Where agents can run on this machine, and what is missing where they cannot.',
    },
    {
      permission: 'agents:read',
      effect: 'read',
      cli: { columns: ['name', 'available', 'version', 'boxes', 'reason'] },
    },
  )
    .input(z.object({}))
    .output(z.object({ items: z.array(RuntimeStatus) })),

  images: operation(
    'List images',
    {
      method: 'GET',
      path: '/runtimes/images',
      description: 'The images that templates need, and whether the engine has them.',
    },
    { permission: 'agents:read', effect: 'read', cli: { columns: ['image', 'present', 'bytes', 'templates'] } },
  )
    .input(z.object({}))
    .output(z.object({ items: z.array(ImageStatus) })),

  build: operation(
    'Build an image',
    {
      method: 'POST',
      path: '/runtimes/images/build',
      description:
        'Makes the image that a template needs, from its recipe or, where no registry answers, from files of this machine. Streams progress.',
    },
    { permission: 'runtimes:write', effect: 'write', cli: { positional: ['image'] } },
  )
    .input(z.object({ image: ImageName }))
    .output(eventIterator(ImageProgress)),

  scan: operation(
    'Scan an image',
    {
      method: 'POST',
      path: '/runtimes/images/scan',
      description:
        'Looks for known vulnerabilities in an image, with the scanner installed on this machine (trivy or grype).',
    },
    {
      permission: 'runtimes:write',
      effect: 'write',
      cli: { positional: ['image'], columns: ['severity', 'id', 'part', 'version', 'fixedIn', 'title'] },
    },
  )
    .input(z.object({ image: ImageName }))
    .output(ImageScan),
}
