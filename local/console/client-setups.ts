import { withServer } from '../clients/config-file.js';
import type { Connection } from '../clients/connection.js';
import { CLIENTS } from '../clients/formats.js';
import type { ClientSetup } from './model.js';

/** Returns the configuration of each client for a server. */
export function clientSetups(connection: Connection, cwd: string): ClientSetup[] {
  const { platform, env } = process;
  return Object.values(CLIENTS).flatMap((format) => {
    const { title } = format;
    try {
      const file = format.file({ cwd, platform, env });
      const link = format.link?.(connection, platform);
      const text = withServer(undefined, format, connection, platform);
      const command = format.command?.(connection);
      return [
        ...(command === undefined ? [] : [{ title, text: command }]),
        { title, text, file, ...(link !== undefined && { link }) },
      ];
    } catch {
      return []; // the client cannot connect to this server
    }
  });
}
