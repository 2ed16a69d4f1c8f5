/** What lies beside the code and is needed at run time: the scripts for boxes, the catalogue, recipes, a Node. */
import { join } from 'node:path'

export interface Materials {
  /** The Node that runs supervisors, and that is lent to sandboxes. */
  node: string
  /** The bundled scripts: agent.mjs and the programs beside it, supervisor.mjs. */
  scripts: string
  /** catalog.json, seccomp.json, agent-image. */
  resources: string
}

/** In a checkout the scripts are built into out/; in a package everything lies in its resources. */
export const materialsOf = (
  place: { checkout: string; node: string } | { resources: string; node: string },
): Materials =>
  'checkout' in place
    ? { node: place.node, scripts: join(place.checkout, 'out', 'agent'), resources: join(place.checkout, 'resources') }
    : { node: place.node, scripts: join(place.resources, 'agent'), resources: place.resources }
