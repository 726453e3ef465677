// What plain sockets do not do, by undici: https and proxies. Loaded only when a target needs it: it costs 30 MB.
import { errors, request } from 'undici';
import { joinedHeaders } from '../http/client.ts';
import type { Connections } from '../http/connections.ts';
import { appendBody } from './body-buffer.ts';
import type { Transport } from './fetch.ts';
import { HttpError } from './http-response.ts';

export function createUndiciTransport(connections: Connections): Transport {
  let controller = new AbortController();
  return {
    async get({ url, headers, body, bodyLimitBytes }) {
      controller = new AbortController();
      body.length = 0;
      try {
        const response = await request(url, {
          dispatcher: await connections.dispatcherFor(url),
          headers: headers.flat(),
          signal: controller.signal,
        });
        if (response.statusCode === 200) {
          for await (const chunk of response.body as AsyncIterable<Buffer>) {
            appendBody(body, chunk, 0, chunk.length, bodyLimitBytes);
          }
        } else response.body.on('error', () => {}).destroy();
        return {
          status: response.statusCode,
          reason: response.statusText ?? '',
          headers: joinedHeaders(response.headers),
        };
      } catch (error) {
        throw error instanceof errors.UndiciError ? new HttpError(error.message) : error;
      }
    },
    abort: (reason) => controller.abort(new HttpError(reason)),
    // The connections belong to the fetcher.
    close: () => {},
  };
}
