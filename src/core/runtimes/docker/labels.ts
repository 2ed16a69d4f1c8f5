/** What is written on each container, for whoever finds it later. */
export const OWNER_LABEL = 'app.gantry.owner'
export const BOX_LABEL = 'app.gantry.box'
const EXPIRES_LABEL = 'app.gantry.expires'

/** The same for the same box, so that making it twice makes it once. */
export const boxName = (owner: string, boxId: string): string => `gantry-${owner.slice(0, 8)}-${boxId}`

export const boxLabels = (owner: string, boxId: string, expiresAt: number): Record<string, string> => ({
  [OWNER_LABEL]: owner,
  [BOX_LABEL]: boxId,
  [EXPIRES_LABEL]: new Date(expiresAt).toISOString(),
})

export const labelFilter = (owner: string) => ({ label: [`${OWNER_LABEL}=${owner}`] })
