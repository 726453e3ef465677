// The expressions that were run last in this browser, newest first.
const place = 'recent-queries';
const kept = 20;

export function recentQueries(): readonly string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(place) ?? '[]');
    return Array.isArray(found) ? found.filter((item) => typeof item === 'string') : [];
  } catch {
    // Storage may be forbidden, or hold what another program wrote.
    return [];
  }
}

export function rememberQueries(exprs: readonly string[]): void {
  const fresh = exprs.filter((expr) => expr.trim() !== '');
  try {
    const all = [...fresh, ...recentQueries().filter((old) => !fresh.includes(old))].slice(0, kept);
    localStorage.setItem(place, JSON.stringify(all));
  } catch {
    // Without storage nothing is remembered.
  }
}
