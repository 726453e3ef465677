// The frame around the pages: chooses the page by the address, draws the header, listens to the keys that hold
// everywhere.
import { useEffect, useState } from 'preact/hooks';
import { readRange } from './lib/explore-state.ts';
import { legacyTarget } from './lib/legacy-links.ts';
import { reloadRequests } from './lib/load.ts';
import { go, pageOf, useAddress } from './lib/location.ts';
import { shifted, zoomedOut } from './lib/range-moves.ts';
import { readRefresh } from './lib/refresh.ts';
import { pages } from './pages.ts';
import { Header } from './parts/header.tsx';
import { Help } from './parts/help.tsx';
import { goRange } from './parts/range-control.tsx';

export function App() {
  const address = useAddress();
  const [help, setHelp] = useState(false);
  const page = pages.find(({ path }) => path === pageOf(address)) ?? pages[0]!;
  useEffect(() => {
    document.title = `${page.title} · Ferula`;
  }, [page]);
  useEffect(() => listenToKeys(() => setHelp(true)), []);
  useEffect(() => listenToLinks(), []);

  const View = page.view;
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      {!address.searchParams.has('kiosk') && (
        <Header pages={pages} page={page} address={address} onHelp={() => setHelp(true)} />
      )}
      <main id="main" tabIndex={-1}>
        <View
          key={page.path}
          address={address}
          refresh={readRefresh(address.searchParams, page.refresh(address.searchParams))}
        />
      </main>
      {help && <Help pages={pages} onClose={() => setHelp(false)} />}
    </>
  );
}

/** Sends a bare address or one of Prometheus's to the page that is meant, before anything is drawn. */
export function leadHome(): void {
  const target = legacyTarget(new URL(location.href));
  if (target !== null) go(target, true);
}

/** Links between the pages change the page in place; those with a modifier key are the browser's. */
function listenToLinks(): () => void {
  const onClick = (event: MouseEvent) => {
    const anchor = (event.target as Element).closest?.('a[href^="./"]');
    if (!anchor || event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || anchor.hasAttribute('download'))
      return;
    event.preventDefault();
    go(anchor.getAttribute('href')!);
  };
  addEventListener('click', onClick);
  return () => removeEventListener('click', onClick);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** The keys of the whole program; none of them while somebody types or holds a modifier. */
function listenToKeys(onHelp: () => void): () => void {
  let afterG = 0;
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target))
      return;
    if (document.querySelector('dialog[open]')) return;
    const going = Date.now() - afterG < 1500 && pages.find(({ key }) => key === event.key);
    afterG = event.key === 'g' ? Date.now() : 0;
    if (going) go(`./${going.path}`);
    else if (!runKey(event.key, onHelp)) return;
    event.preventDefault();
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}

function runKey(key: string, onHelp: () => void): boolean {
  const address = new URL(location.href);
  const ranged = pages.find(({ path }) => path === pageOf(address))?.range;
  const range = readRange(address.searchParams);
  const now = Math.floor(Date.now() / 1000);
  if (key === '?') onHelp();
  else if (key === '/')
    document
      .querySelector<HTMLElement>('[data-search] .cm-content, [data-search] textarea, input[data-search]')
      ?.focus();
  else if (key === 'r') reloadRequests.set(reloadRequests.get() + 1);
  else if (ranged && key === '[') goRange(address, shifted(range, -1, now));
  else if (ranged && key === ']' && range.end !== null) goRange(address, shifted(range, 1, now));
  else if (ranged && key === '-') goRange(address, zoomedOut(range, now));
  else return false;
  return true;
}
