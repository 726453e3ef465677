// A target made of bytes: a TCP server that answers every connection with what a test tells it to, however wrong.
import { createServer, type Server, type Socket } from 'node:net';

export interface FakeTarget {
  readonly port: number;
  /** `http://127.0.0.1:port/metrics` */
  readonly url: string;
  /** Heads of the requests so far. */
  readonly requests: readonly string[];
  readonly connections: number;
  close(): Promise<void>;
}

/** Called for each request; `number` counts them from 1 over all connections. */
export type Answer = (socket: Socket, request: string, number: number) => void;

export async function startFakeTarget(
  answer: Answer,
  onConnection?: (socket: Socket) => void,
): Promise<FakeTarget> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    onConnection?.(socket);
    let pending = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      pending += text;
      for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
        const request = pending.slice(0, end);
        pending = pending.slice(end + 4);
        requests.push(request);
        answer(socket, request, requests.length);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}/metrics`,
    requests,
    get connections() {
      return connections;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A plain good response. */
export function okResponse(body: string, headers = 'Content-Type: text/plain; version=0.0.4\r\n'): string {
  return `HTTP/1.1 200 OK\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
