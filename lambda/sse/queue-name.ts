import { randomBytes } from 'node:crypto';

/** 128 bits in base 36. */
const RANDOM_DIGITS = 25;

/** Prefix of the names of a server's session queues. The roles' permissions are limited to it. */
export function queuePrefix(serverId: string): string {
  return `${serverId}-`;
}

/**
 * Creates the name of a session queue: `<serverId>-<epoch seconds>-<128 random bits>.fifo`, the numbers in base 36. The sweep finds
 * abandoned queues by the time. The random part is necessary because SQS rejects the name of a queue deleted within the last 60 s.
 */
export function queueName(serverId: string, now: number): string {
  const random = BigInt(`0x${randomBytes(16).toString('hex')}`)
    .toString(36)
    .padStart(RANDOM_DIGITS, '0');
  return `${queuePrefix(serverId)}${Math.floor(now / 1000).toString(36)}-${random}.fifo`;
}

/** When a session queue was created, epoch milliseconds. Returns undefined for the name or URL of any other queue. */
export function queueCreatedAt(serverId: string, nameOrUrl: string): number | undefined {
  const name = nameOrUrl.slice(nameOrUrl.lastIndexOf('/') + 1);
  if (!name.startsWith(queuePrefix(serverId))) return undefined;
  const match = /^([0-9a-z]{6,7})-[0-9a-z]{25}\.fifo$/.exec(name.slice(queuePrefix(serverId).length));
  return match ? Number.parseInt(match[1]!, 36) * 1000 : undefined;
}
