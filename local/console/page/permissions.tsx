import type { McpCall } from '../../calls/call.js';
import { Json } from './json-view.js';
import { shortArn } from './text.js';
import { Icon, Untrusted } from './ui.js';

/** The IAM decisions of a call, each with the statement that decided. */
export function Permissions({ permissions }: Pick<McpCall, 'permissions'>) {
  return (
    <ul class="permissions">
      {permissions.map(({ at, action, resource, principal, allowed, statement, policy, reason }, i) => (
        <li key={`${at} ${i}`}>
          <details open={!allowed}>
            <summary>
              <span class={`verdict ${allowed ? '' : 'denied'}`}>
                <Icon name={allowed ? 'check' : 'cross'} />
                <span class="visually-hidden">{allowed ? 'allowed' : 'denied'}</span>
              </span>
              <span class="action">
                <Untrusted text={action} />
              </span>
              <span class="resource" title={resource}>
                <Untrusted text={resource} />
              </span>
            </summary>
            <div class="decision">
              <p>
                <Untrusted text={shortArn(principal)} />
                {allowed ? ' is allowed' : ' is denied'}
                {statement
                  ? ` by this statement of ${policy === 'identity-based policy' ? 'an' : 'a'} ${policy}:`
                  : reason
                    ? ' '
                    : '.'}
                {!statement && reason && <Untrusted text={reason} />}
              </p>
              {statement && <Json value={statement} label="policy statement" />}
            </div>
          </details>
        </li>
      ))}
    </ul>
  );
}
