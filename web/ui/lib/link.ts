// Links inside the program: relative to the folder that all pages lie in, so they hold under any prefix.

/** A relative link, commas and colons left readable. */
export function link(page: string, params: URLSearchParams): string {
  const query = params.toString().replace(/%2C/g, ',').replace(/%3A/g, ':');
  return `./${page}${query ? `?${query}` : ''}`;
}
