import { randomBytes } from 'node:crypto';

/** 128 bits in base 36. */
const RANDOM_DIGITS = 25;

/** What the names of all session queues of a server begin with; permissions are granted on it. */
export function queuePrefix(serverId: string): string {
  return `${serverId}-`;
}

/**
 * A session queue's name, `<serverId>-<epoch seconds>-<128 random bits>.fifo`, the numbers in base 36. The time tells the
 * sweeper what has outlived its session; SQS refuses the name of a queue deleted within the last 60 s, hence the random part.
 */
export function queueName(serverId: string, now: number): string {
  const random = BigInt(`0x${randomBytes(16).toString('hex')}`)
    .toString(36)
    .padStart(RANDOM_DIGITS, '0');
  return `${queuePrefix(serverId)}${Math.floor(now / 1000).toString(36)}-${random}.fifo`;
}

/** When a session queue was made, epoch milliseconds; undefined for a name or URL that is not one of this server's queues. */
export function queueCreatedAt(serverId: string, nameOrUrl: string): number | undefined {
  const name = nameOrUrl.slice(nameOrUrl.lastIndexOf('/') + 1);
  if (!name.startsWith(queuePrefix(serverId))) return undefined;
  const match = /^([0-9a-z]{6,7})-[0-9a-z]{25}\.fifo$/.exec(name.slice(queuePrefix(serverId).length));
  return match ? Number.parseInt(match[1]!, 36) * 1000 : undefined;
}
