// The script that stands inline in index.html: chooses the theme before the first paint and sends the first API
// request before the bundle has arrived. The build refuses more than 1 kB of it.
import { type Boot, firstRequest } from './lib/first-request.ts';

declare global {
  interface Window {
    ferulaBoot?: Boot;
  }
}

try {
  // Storage may be forbidden by the browser's settings; then the system's theme holds.
  document.documentElement.dataset.theme = localStorage.theme;
} catch {}

const now = Math.floor(Date.now() / 1000);
const url = firstRequest(new URL(location.href), now);
if (url) {
  const abort = new AbortController();
  window.ferulaBoot = { now, url, abort, answer: fetch(url, { signal: abort.signal }).catch(() => null) };
}
