/**
 * Reads of one item per second that the clients of a server share. DynamoDB serves 3,000 consistent reads of an item per second; clients
 * that connected when there were fewer read more often.
 */
const READS_PER_SECOND = 500;

/**
 * The interval between reads of an item that `clients` clients poll, milliseconds.
 *
 * @param baseMs the interval for few clients
 */
export function pollInterval(baseMs: number, clients: number): number {
  return Math.max(baseMs, Math.ceil((clients * 1000) / READS_PER_SECOND));
}
