import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../../src/threads/rpc.ts';
import { ServiceError } from '../../../src/threads/services.ts';

interface Calculator {
  add(a: number, b: number): number;
  bytes(size: number): Uint8Array[];
  fail(): void;
  never(): void;
}

describe('connect', () => {
  let channel: MessageChannel;
  const pair = (handlers: object | Promise<object>) => {
    channel = new MessageChannel();
    connect(channel.port1, handlers);
    return connect<Calculator>(channel.port2);
  };
  afterEach(() => channel.port1.close());

  it('calls the other side and gives back its result', async () => {
    const { peer } = pair({ add: (a: number, b: number) => a + b });
    expect(await Promise.all([peer.add(1, 2), peer.add(3, 4)])).toEqual([3, 7]);
  });

  it('moves buffers out of results instead of copying them', async () => {
    const sent: Uint8Array[] = [];
    const { peer } = pair({
      bytes: (size: number) => {
        sent.push(new Uint8Array(size).fill(7));
        return sent;
      },
    });
    const [received] = await peer.bytes(4096);
    expect(received).toEqual(new Uint8Array(4096).fill(7));
    expect(sent[0].byteLength).toBe(0);
  });

  it('carries errors with their type', async () => {
    const { peer } = pair({
      fail: () => {
        throw new ServiceError('timeout', 'too slow');
      },
    });
    const error = await peer.fail().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({ type: 'timeout', message: 'too slow' });
  });

  it('waits for handlers that are still being made', async () => {
    const { promise, resolve } = Promise.withResolvers<object>();
    const { peer } = pair(promise);
    const sum = peer.add(2, 2);
    resolve({ add: (a: number, b: number) => a + b });
    expect(await sum).toBe(4);
  });

  it('fails every call where the handlers could not be made', async () => {
    const broken = Promise.reject(new Error('the file is damaged'));
    const { peer } = pair(broken);
    await expect(peer.add(1, 1)).rejects.toThrow('the file is damaged');
  });

  it('rejects open and later calls once the other side is gone', async () => {
    const connection = pair({ never: () => new Promise(() => {}) });
    const open = connection.peer.never();
    connection.fail(new Error('thread ended'));
    await expect(open).rejects.toThrow('thread ended');
    await expect(connection.peer.never()).rejects.toThrow('thread ended');
  });
});
