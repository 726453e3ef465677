// https (and what else plain sockets do not do) by undici. Loaded only when a target needs it: undici costs 30 MB.
import { Agent, errors, request } from 'undici';
import { appendBody } from './body-buffer.ts';
import { type FetchOptions, requestHeaders, type Transport } from './fetch.ts';
import { HttpError } from './http-response.ts';

const HEAD_BYTES_MAX = 64 << 10;

export function createHttpsTransport(origin: URL, options: FetchOptions): Transport {
  const agent = new Agent({
    connections: 1,
    pipelining: 1,
    maxHeaderSize: HEAD_BYTES_MAX,
    // The scrape has a deadline of its own over everything.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: options.timeoutMs },
  });
  const headers = requestHeaders(origin, options);
  let controller = new AbortController();
  return {
    async get(url, body) {
      controller = new AbortController();
      body.length = 0;
      try {
        const response = await request(url, { dispatcher: agent, headers, signal: controller.signal });
        if (response.statusCode === 200) {
          for await (const chunk of response.body as AsyncIterable<Buffer>) {
            appendBody(body, chunk, 0, chunk.length, options.bodyLimitBytes);
          }
        } else response.body.destroy();
        return {
          status: response.statusCode,
          reason: response.statusText ?? '',
          headers: joinHeaders(response.headers),
        };
      } catch (error) {
        if (error instanceof errors.UndiciError) throw new HttpError(error.message);
        throw error;
      }
    },
    abort: (reason) => controller.abort(new HttpError(reason)),
    close: () => {
      agent.destroy().catch(() => {});
    },
  };
}

function joinHeaders(headers: Record<string, string | string[] | undefined>): Map<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return joined;
}
