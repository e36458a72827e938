/** The longest varint in bytes. */
const MAX_VARINT = 10;

/**
 * Whether bytes are a well-formed protobuf message: every tag has a field number and one of the four plain wire types, no value
 * reaches beyond the end, and known fields have the wire types given. Decoders skip more than that.
 */
export function isProtobuf(
  bytes: Uint8Array,
  fields: ReadonlyMap<number, readonly number[]> = new Map(),
): boolean {
  let position: number | undefined = 0;
  while (position < bytes.length) {
    const tag = varint(bytes, position);
    if (tag === undefined) return false;
    const field = Number(tag.value >> 3n);
    const wireType = Number(tag.value & 7n);
    if (field < 1 || field > 0x1fff_ffff) return false;
    if (fields.get(field)?.includes(wireType) === false) return false;
    position = skip(bytes, tag.end, wireType);
    if (position === undefined || position > bytes.length) return false;
  }
  return true;
}

/** Where the value that begins at `start` ends, undefined when it is none. */
function skip(bytes: Uint8Array, start: number, wireType: number): number | undefined {
  if (wireType === 1) return start + 8;
  if (wireType === 5) return start + 4;
  if (wireType !== 0 && wireType !== 2) return undefined;
  const read = varint(bytes, start);
  if (read === undefined || wireType === 0) return read?.end;
  return read.value > BigInt(bytes.length) ? undefined : read.end + Number(read.value);
}

function varint(
  bytes: Uint8Array,
  start: number,
): { readonly value: bigint; readonly end: number } | undefined {
  let value = 0n;
  for (let index = 0; index < MAX_VARINT; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  return undefined;
}
