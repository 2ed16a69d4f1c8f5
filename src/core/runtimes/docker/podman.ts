/**
 * Podman answers to Docker's API, but not to all of it, and says some things in words of its own. What it says in its own
 * API is put into Docker's words here, so that one table of rows holds for both.
 */
import { z } from 'zod'
import type { Inspected } from './profile.ts'

/** Of Podman's own answer about a container, what its answer in Docker's form leaves out. */
const Own = z.object({
  EffectiveCaps: z.array(z.string()).nullish(),
  BoundingCaps: z.array(z.string()).nullish(),
  HostConfig: z.object({
    CgroupMode: z.string().default(''),
    LogConfig: z.object({ Type: z.string(), Size: z.string().default('') }),
  }),
})

/** Added to what was asked for: they make the mount the box's own, and fill it from the image, where it is empty. */
const ADDED = /,(rprivate|tmpcopyup)(?=,|$)/g

export const fromPodman = (inspected: Inspected, own: unknown): Inspected => {
  const { EffectiveCaps, BoundingCaps, HostConfig: known } = Own.parse(own)
  const { HostConfig } = inspected
  const left = [...(EffectiveCaps ?? []), ...(BoundingCaps ?? [])]
  return {
    ...inspected,
    HostConfig: {
      ...HostConfig,
      // It lists what it drops by name; what counts is that nothing is left.
      CapDrop: left.length === 0 ? ['ALL'] : HostConfig.CapDrop,
      CgroupnsMode: known.CgroupMode,
      // A space of its own, which another container could be told to share.
      IpcMode: HostConfig.IpcMode === 'shareable' ? 'private' : (HostConfig.IpcMode ?? ''),
      Tmpfs: Object.fromEntries(
        Object.entries(HostConfig.Tmpfs ?? {}).map(([folder, options]) => [folder, options.replaceAll(ADDED, '')]),
      ),
      Ulimits: (HostConfig.Ulimits ?? []).map((limit) => ({
        ...limit,
        Name: String(limit.Name).replace('RLIMIT_', '').toLowerCase(),
      })),
      LogConfig: { Type: known.LogConfig.Type, Config: { 'max-size': known.LogConfig.Size.replace(/MB$/, 'm') } },
    },
  }
}
