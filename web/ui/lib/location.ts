// The address bar as state: pages read it with a hook and change it by going somewhere. Links inside the program are
// relative to the folder of the page (`explore?q=up`), so the whole may live under any prefix.
import { useEffect, useState } from 'preact/hooks';
import { link } from './link.ts';

const listeners = new Set<() => void>();

function announce(): void {
  for (const listener of listeners) listener();
}
globalThis.window?.addEventListener('popstate', announce);

/** Goes to a relative address without loading the page anew. `replace` leaves no step in the history. */
export function go(href: string, replace = false): void {
  if (new URL(href, location.href).href === location.href) return;
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  announce();
}

/** The current address; the component is drawn anew when it changes. */
export function useAddress(): URL {
  const [href, setHref] = useState(location.href);
  useEffect(() => {
    const update = () => setHref(location.href);
    listeners.add(update);
    update();
    return () => {
      listeners.delete(update);
    };
  }, []);
  return new URL(href);
}

/** The page's name: the last piece of the path. */
export function pageOf(address: URL): string {
  return address.pathname.split('/').pop() ?? '';
}

/** The current page with some parameters changed (null removes one), as a relative link. */
export function withParams(address: URL, changes: Record<string, string | null>): string {
  const params = new URLSearchParams(address.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) params.delete(name);
    else params.set(name, value);
  }
  return link(pageOf(address), params);
}
