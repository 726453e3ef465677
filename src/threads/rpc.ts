// Calls between threads: each side of a message port offers functions and calls those of the other. Arguments and
// results are structured clones; byte buffers in a result are moved, not copied. A round trip costs about 50 µs.
import type { MessagePort, Worker } from 'node:worker_threads';
import { type ErrorType, ServiceError } from './services.ts';

/** What calls travel over: either end of a channel, or a worker seen from its parent. */
export type Port = MessagePort | Worker;

/** The other side's functions. Every call may also fail because that thread ended. */
export type Peer<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

type Message =
  | { readonly call: number; readonly method: string; readonly args: readonly unknown[] }
  | { readonly reply: number; readonly value: unknown }
  | { readonly reply: number; readonly error: WireError };

interface WireError {
  readonly name: string;
  readonly message: string;
  readonly type?: ErrorType;
  readonly stack?: string;
}

/** A connection over a port. `peer` calls the other side; `fail` rejects all open calls, once the port is dead. */
export interface Connection<T> {
  readonly peer: Peer<T>;
  fail(reason: Error): void;
}

/**
 * Offers the methods of `handlers` on a port and calls what the other side offers. While `handlers` is a promise, calls
 * wait for it; where it rejects, every call fails with its reason.
 */
export function connect<T extends object>(
  port: Port,
  handlers: object | Promise<object> = {},
): Connection<T> {
  const open = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let lastCall = 0;
  if (handlers instanceof Promise) handlers.catch(() => {}); // each call reports it
  let dead: Error | undefined;

  const serve = async (call: number, method: string, args: readonly unknown[]): Promise<void> => {
    try {
      const methods = (await handlers) as Record<string, (...args: readonly unknown[]) => unknown>;
      const value = await methods[method](...args);
      port.postMessage({ reply: call, value }, buffersOf(value));
    } catch (error) {
      port.postMessage({ reply: call, error: toWire(error as Error) }, []);
    }
  };

  port.on('message', (message: Message) => {
    if ('call' in message) {
      void serve(message.call, message.method, message.args);
      return;
    }
    const waiting = open.get(message.reply);
    open.delete(message.reply);
    if ('error' in message) waiting?.reject(fromWire(message.error));
    else waiting?.resolve(message.value as never);
  });

  const call =
    (method: string) =>
    (...args: unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        if (dead) {
          reject(dead);
          return;
        }
        const id = ++lastCall;
        open.set(id, { resolve, reject });
        port.postMessage({ call: id, method, args }, []);
      });

  return {
    // `then` is left out: a peer that is awaited by accident must not look like a promise.
    peer: new Proxy({} as Peer<T>, {
      get: (_, method) => (typeof method === 'string' && method !== 'then' ? call(method) : undefined),
    }),
    fail: (reason) => {
      dead = reason;
      for (const waiting of open.values()) waiting.reject(reason);
      open.clear();
    },
  };
}

/** The buffers of byte arrays at the top of a result, or one level below: what is worth moving. */
function buffersOf(value: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const add = (item: unknown): void => {
    if (!ArrayBuffer.isView(item)) return;
    // Small Buffers are parts of Node's pool, which must not be detached; other arrays in a result belong to it.
    if (Buffer.isBuffer(item) && item.byteLength !== item.buffer.byteLength) return;
    if (item.buffer instanceof ArrayBuffer) buffers.add(item.buffer);
  };
  add(value);
  if (Array.isArray(value)) value.forEach(add);
  else if (value && typeof value === 'object') Object.values(value).forEach(add);
  return [...buffers];
}

function toWire(error: Error): WireError {
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error instanceof ServiceError && { type: error.type }),
  };
}

function fromWire(wire: WireError): Error {
  if (wire.type) return new ServiceError(wire.type, wire.message);
  const error = new Error(wire.message);
  error.name = wire.name;
  error.stack = wire.stack;
  return error;
}
