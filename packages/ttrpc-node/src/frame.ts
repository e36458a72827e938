/** Largest payload of a frame, in bytes, in both directions. */
export const MESSAGE_SIZE_MAX: number = 4 << 20;

/** Length of a frame's header, in bytes. */
export const HEADER_SIZE = 10;

/** What a frame is. A receiver ignores types it does not know. */
export const FrameType = { Request: 1, Response: 2, Data: 3 } as const;

/** Bits of a frame's flags. */
export const Flag = {
  /** The sender sends no more on this stream. */
  RemoteClosed: 0x01,
  /** On a Request: the client will send Data. */
  RemoteOpen: 0x02,
  /** On Data: there is no message, not even an empty one. */
  NoData: 0x04,
} as const;

/** What stands before a payload: length u32, stream id u32, type u8, flags u8, numbers in network order. */
export interface FrameHeader {
  readonly streamId: number;
  readonly type: number;
  readonly flags: number;
}

/** A frame, with its payload. A decoded payload may be a view of the bytes that were received. */
export interface Frame extends FrameHeader {
  readonly data: Uint8Array;
}

/** A frame whose payload was larger than allowed, and has been skipped. */
export interface OversizeFrame extends FrameHeader {
  readonly data?: never;
  readonly sizeBytes: number;
}

/** The header of a frame. */
export function encodeHeader({ streamId, type, flags, data }: Frame): Buffer {
  const header = Buffer.allocUnsafe(HEADER_SIZE);
  writeHeader(header, { streamId, type, flags }, data.length);
  return header;
}

/** A whole frame in one piece. */
export function encodeFrame(frame: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_SIZE + frame.data.length);
  writeHeader(bytes, frame, frame.data.length);
  bytes.set(frame.data, HEADER_SIZE);
  return bytes;
}

function writeHeader(bytes: Buffer, { streamId, type, flags }: FrameHeader, sizeBytes: number): void {
  bytes.writeUInt32BE(sizeBytes, 0);
  bytes.writeUInt32BE(streamId, 4);
  bytes[8] = type;
  bytes[9] = flags;
}

interface OpenFrame extends FrameHeader {
  readonly sizeBytes: number;
  received: number;
  /** Where a payload that comes in several chunks is put together. */
  data?: Uint8Array;
}

/** Cuts a stream of bytes into frames, however it was chopped. It holds at most one payload. */
export class FrameDecoder {
  readonly #header = Buffer.alloc(HEADER_SIZE);
  #headerReceived = 0;
  #open: OpenFrame | undefined;

  /** Yields the frames that end in `chunk`. Consume it whole before the next. */
  *push(chunk: Uint8Array): Generator<Frame | OversizeFrame, void, undefined> {
    let rest = chunk;
    for (;;) {
      if (!this.#open) {
        rest = this.#takeHeader(rest);
        if (!this.#open) return;
      }
      const open: OpenFrame = this.#open;
      const piece = rest.subarray(0, open.sizeBytes - open.received);
      rest = rest.subarray(piece.length);
      const done = takePiece(open, piece);
      if (!done) return;
      this.#open = undefined;
      yield done;
    }
  }

  #takeHeader(chunk: Uint8Array): Uint8Array {
    const piece = chunk.subarray(0, HEADER_SIZE - this.#headerReceived);
    this.#header.set(piece, this.#headerReceived);
    this.#headerReceived += piece.length;
    if (this.#headerReceived === HEADER_SIZE) {
      this.#headerReceived = 0;
      this.#open = {
        sizeBytes: this.#header.readUInt32BE(0),
        streamId: this.#header.readUInt32BE(4),
        type: this.#header.readUInt8(8),
        flags: this.#header.readUInt8(9),
        received: 0,
      };
    }
    return chunk.subarray(piece.length);
  }
}

function takePiece(open: OpenFrame, piece: Uint8Array): Frame | OversizeFrame | undefined {
  const { streamId, type, flags, sizeBytes } = open;
  const oversize = sizeBytes > MESSAGE_SIZE_MAX;
  if (piece.length === sizeBytes && !oversize) return { streamId, type, flags, data: piece };
  if (!oversize) {
    open.data ??= new Uint8Array(sizeBytes);
    open.data.set(piece, open.received);
  }
  open.received += piece.length;
  if (open.received < sizeBytes) return undefined;
  return open.data ? { streamId, type, flags, data: open.data } : { streamId, type, flags, sizeBytes };
}
