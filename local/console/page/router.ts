import { useEffect, useState } from 'preact/hooks';

const VIEWS = ['calls', 'catalog', 'sessions', 'connect'] as const;
export type View = (typeof VIEWS)[number];

/** The place in the page: `#/calls/12`, `#/catalog/tool/lookup_order`. */
export interface Route {
  readonly view: View;
  readonly rest: readonly string[];
}

export function href(view: View, ...rest: readonly string[]): string {
  return `#/${[view, ...rest].map(encodeURIComponent).join('/')}`;
}

function parse(hash: string): Route {
  const [view, ...rest] = hash.replace(/^#\/?/, '').split('/').map(decode);
  return { view: VIEWS.find((each) => each === view) ?? 'calls', rest: rest.filter((each) => each !== '') };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parse(location.hash));
  useEffect(() => {
    const listener = () => setRoute(parse(location.hash));
    addEventListener('hashchange', listener);
    return () => removeEventListener('hashchange', listener);
  }, []);
  return route;
}

/** Moves through the links of a list with the arrow keys, or j and k. */
export function moveInList(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  if (step === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
  const list = event.currentTarget as HTMLElement;
  const links = [...list.querySelectorAll<HTMLElement>('a[data-row]')];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const next = links[Math.min(links.length - 1, Math.max(0, at + step))];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.click();
}
