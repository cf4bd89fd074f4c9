import type { McpCall } from '../../calls/call.js';
import { Untrusted } from './ui.js';

/** The log lines of a call, by function. */
export function Logs({ logs }: Pick<McpCall, 'logs'>) {
  return (
    <ol class="logs">
      {logs.map(({ at, function: path, level, text }, i) => (
        <li key={i} class={`log ${(level ?? '').toLowerCase()}`}>
          <span class="log-time">+{Math.round(at)} ms</span>
          <span class="log-function" title={path}>
            <Untrusted text={path.split('/').at(-1) ?? path} />
          </span>
          <span class="log-level">{level === 'INFO' ? '' : level}</span>
          <span class="log-text">
            <Untrusted text={text} />
          </span>
        </li>
      ))}
    </ol>
  );
}
