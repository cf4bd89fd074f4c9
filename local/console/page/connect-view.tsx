import type { ConsoleServer } from '../model.js';
import type { Store } from './store.js';
import { Code, CopyButton, Empty, Icon, Untrusted } from './ui.js';

/** Schemes of links that add a server to a client. */
const INSTALL = /^(cursor|vscode):/;

/** How to connect each client. */
export function ConnectView({ store }: { store: Store }) {
  const servers = store.state?.servers ?? [];
  if (servers.length === 0) return <Empty title="The app has no MCP server" />;
  return (
    <div class="page">
      {servers.map((server) => (
        <Server key={server.path} server={server} />
      ))}
    </div>
  );
}

function Server({ server }: { server: ConsoleServer }) {
  const addresses = [
    ['Streamable HTTP', server.mcp],
    ['HTTP+SSE', server.sse],
    ['Registration API', server.register],
  ] as const;
  return (
    <section aria-label={`Connect to ${server.name}`}>
      <h2 class="page-title">
        Connect to <Untrusted text={server.name} />
      </h2>
      <dl class="addresses">
        {addresses.map(
          ([name, url]) =>
            url && (
              <div key={name}>
                <dt>{name}</dt>
                <dd class="mono">
                  {url}
                  <CopyButton text={url} label={`Copy the address for ${name}`} />
                </dd>
              </div>
            ),
        )}
      </dl>
      <div class="cards">
        {server.clients.map(({ title, text, file, link }) => (
          <section key={`${title} ${file}`} class="card" aria-label={file === undefined ? title : `${title}, file`}>
            <header>
              <h3>{title}</h3>
              {link && INSTALL.test(link) && (
                <a class="button" href={link}>
                  Add to {title}
                  <Icon name="external" />
                </a>
              )}
            </header>
            <p class="file">{file ?? 'Command'}</p>
            <Code text={text.trimEnd()} label={`configuration of ${title}`} />
          </section>
        ))}
      </div>
    </section>
  );
}
