// Decodes prometheus.ReadRequest, the question of a remote read. Field numbers are those of prometheus/prompb
// (remote.proto).
import { PbfReader } from 'pbf';
import { uncompress } from 'snappyjs';
import type { MatchOp } from '../../storage/model/matcher.ts';
import { type RemoteReadQuery, type RemoteReadRequest, ServiceError } from '../threads/services.ts';

/** The largest request that is taken, decompressed; upstream's. */
const REQUEST_BYTES_MAX = 32 * 1024 * 1024;

const OPS: readonly MatchOp[] = ['=', '!=', '=~', '!~'];
const WIRE_BYTES = 2;
/** ResponseType STREAMED_XOR_CHUNKS; the other, SAMPLES, is 0. */
const STREAMED_XOR_CHUNKS = 1;

/**
 * Decodes the body of a request, snappy-compressed.
 * @throws ServiceError `bad_data`
 */
export function decodeReadRequest(body: Uint8Array): RemoteReadRequest {
  try {
    const pbf = new PbfReader(uncompress(body, REQUEST_BYTES_MAX));
    const queries: RemoteReadQuery[] = [];
    const accepted: number[] = [];
    while (pbf.pos < pbf.length) {
      const tag = pbf.readVarint();
      const field = tag >>> 3;
      if (field === 1) queries.push(readQuery(pbf));
      else if (field === 2) readTypes(pbf, tag & 7, accepted);
      else pbf.skip(tag);
    }
    // The sender's first choice that is known here.
    return {
      queries,
      streamed: accepted.find((type) => type <= STREAMED_XOR_CHUNKS) === STREAMED_XOR_CHUNKS,
    };
  } catch (error) {
    throw new ServiceError('bad_data', `malformed remote-read request: ${(error as Error).message}`);
  }
}

/** A repeated enum: packed, as senders write it, or one by one. */
function readTypes(pbf: PbfReader, wireType: number, out: number[]): void {
  const end = wireType === WIRE_BYTES ? messageEnd(pbf) : pbf.pos + 1;
  while (pbf.pos < end) out.push(pbf.readVarint());
}

function readQuery(pbf: PbfReader): RemoteReadQuery {
  let startMs = 0;
  let endMs = 0;
  const matchers: RemoteReadQuery['matchers'][number][] = [];
  const end = messageEnd(pbf);
  while (pbf.pos < end) {
    const tag = pbf.readVarint();
    const field = tag >>> 3;
    if (field === 1) startMs = pbf.readVarint(true);
    else if (field === 2) endMs = pbf.readVarint(true);
    else if (field === 3) matchers.push(readMatcher(pbf));
    else pbf.skip(tag);
  }
  return { startMs, endMs, matchers };
}

function readMatcher(pbf: PbfReader): RemoteReadQuery['matchers'][number] {
  let type = 0;
  let name = '';
  let value = '';
  const end = messageEnd(pbf);
  while (pbf.pos < end) {
    const tag = pbf.readVarint();
    const field = tag >>> 3;
    if (field === 1) type = pbf.readVarint();
    else if (field === 2) name = pbf.readString();
    else if (field === 3) value = pbf.readString();
    else pbf.skip(tag);
  }
  const op = OPS[type];
  if (op === undefined) throw new RangeError(`unknown matcher type ${type}`);
  return { name, op, value };
}

function messageEnd(pbf: PbfReader): number {
  const length = pbf.readVarint();
  if (pbf.pos + length > pbf.length) throw new RangeError('a field is longer than the message');
  return pbf.pos + length;
}
