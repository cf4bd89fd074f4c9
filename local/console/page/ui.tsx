import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { visibleParts } from './text.js';

/** Text of functions and clients. It is never interpreted: no HTML, no links, and hidden characters are shown by their codes. */
export function Untrusted({ text }: { text: string }) {
  return (
    <bdi>
      {visibleParts(text).map(({ text: part, escaped }) =>
        escaped ? (
          <span class="escaped" title="hidden character">
            {part}
          </span>
        ) : (
          part
        ),
      )}
    </bdi>
  );
}

const PATHS = {
  copy: 'M5.5 5.5v-2a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-2M3.5 5.5h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1Z',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  cross: 'm4 4 8 8m0-8-8 8',
  external: 'M9 3h4v4m0-4L7.5 8.5M7 4H4a1 1 0 0 0-1 1v7a1 1 0 0 0 1 1h7a1 1 0 0 0 1-1V9',
  lock: 'M4.5 7V5.2a3.5 3.5 0 0 1 7 0V7M4 7h8a.8.8 0 0 1 .8.8v4.9a.8.8 0 0 1-.8.8H4a.8.8 0 0 1-.8-.8V7.8A.8.8 0 0 1 4 7Z',
  search: 'm10.3 10.3 3.2 3.2M11.5 7a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0Z',
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      setState('failed');
    }
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setState('idle'), 1500);
  };
  const said = { idle: label, copied: 'Copied', failed: 'Copying is not allowed' }[state];
  return (
    <button type="button" class="button quiet square" onClick={copy} title={said} aria-label={said}>
      <Icon name={state === 'copied' ? 'check' : state === 'failed' ? 'cross' : 'copy'} />
      <span class="visually-hidden" role="status">
        {state === 'idle' ? '' : said}
      </span>
    </button>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** A code block with a copy button. */
export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div class="code">
      <pre>
        <Untrusted text={text} />
      </pre>
      <CopyButton text={text} label={`Copy ${label}`} />
    </div>
  );
}

export function Section({
  title,
  count,
  aside,
  children,
}: {
  title: string;
  count?: number;
  aside?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section class="section" aria-label={title}>
      <header>
        <h3>
          {title}
          {count !== undefined && <span class="count">{count}</span>}
        </h3>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** Rows of names and values. */
export function Facts({ facts }: { facts: ReadonlyArray<readonly [name: string, value: ComponentChildren]> }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== '' && value !== false)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === 'string' ? <Untrusted text={value} /> : value}</dd>
          </div>
        ))}
    </dl>
  );
}
