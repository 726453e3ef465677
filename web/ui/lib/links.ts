// Links made from data. A label or a scrape URL may hold anything, `javascript:` included.

/** The address if a browser may follow it (http or https), else null; then show it as text. */
export function safeLink(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? text : null;
}
