/** Distances from the port of the first MCP server, so that the ports of a project are the same at each start. */
export const PORT_DISTANCE = {
  /** The authorization server for development. */
  AUTHORIZATION_SERVER: 100,
  /** The endpoint of AWS calls. */
  AWS_ENDPOINT: 200,
} as const;

const MAX_PORT = 65_535;

/** Returns the port at a distance from the first one; 0, for any free port, if the first one is 0 or too high. */
export function portAfter(first: number, distance: number): number {
  return first === 0 || first + distance > MAX_PORT ? 0 : first + distance;
}
