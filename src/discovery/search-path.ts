// The names that a short name may stand for, as /etc/resolv.conf says: Node's resolver asks for a name as it is.

/** The names to ask for, in order. `resolvConf` is the file's text. */
export function searchNames(name: string, resolvConf: string): string[] {
  if (name.endsWith('.')) return [name];
  const domains = lastSetting(resolvConf, /^(?:search|domain)\s+(.+)$/gm)
    .split(/\s+/)
    .filter(Boolean);
  const dotsMin = Number(/^options\s.*\bndots:(\d+)/m.exec(resolvConf)?.[1] ?? 1);
  const longer = domains.map((domain) => `${name}.${domain.replace(/\.$/, '')}`);
  const dots = name.split('.').length - 1;
  return dots >= dotsMin ? [name, ...longer] : [...longer, name];
}

function lastSetting(text: string, pattern: RegExp): string {
  return [...text.matchAll(pattern)].at(-1)?.[1] ?? '';
}
