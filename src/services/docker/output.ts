/** What `docker compose ps --format json` prints: an array, and since Compose 2.21 an object a line. Key of the service → its container's state. */
export function parseStates(text: string): Map<string, string> {
  const rows = text.trimStart().startsWith('[') ? JSON.parse(text) : linesOf(text).map((line) => JSON.parse(line))
  return new Map(rows.map(({ Service, State }: { Service: string; State: string }) => [Service, State]))
}

/** A volume with the size that people read. */
export type Volume = { readonly name: string; readonly size: string }

/**
 * The volumes of our services in a Compose project, as `docker system df --verbose --format '{{json .Volumes}}'` lists all that there are:
 * those that Compose has made for that project under names of ours.
 */
export function parseVolumes(text: string, project: string, prefix: string): Volume[] {
  const volumes = (JSON.parse(text || '[]') ?? []) as { Name: string; Size?: string; Labels?: string }[]
  return volumes.flatMap(({ Name, Size = 'N/A', Labels = '' }) => {
    const labels = Labels.split(',')
    const isOurs = labels.includes(`com.docker.compose.project=${project}`) && Name.startsWith(`${project}_${prefix}`)
    return isOurs ? [{ name: Name, size: Size }] : []
  })
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}
