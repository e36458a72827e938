import { setImmediate as breathe } from "node:timers/promises";
import { create, toBinary, type DescMessage, type Message } from "@bufbuild/protobuf";
import type { EncodedMessage } from "@davit/server";

/** Lists up to this length are encoded at once: well under a millisecond. */
const SLICE_ITEMS = 128;
/** How long encoding may go on before others get a turn. */
const SLICE_MS = 4;

type Init = Record<string, unknown>;

/** Whether a handler yielded bytes instead of a message. */
export const isEncoded = (value: unknown): value is EncodedMessage =>
  typeof value === "object" && value !== null && "encoded" in value && value.encoded instanceof Uint8Array;

/**
 * Encodes what a handler returned: a message, or the init of one. A message with long lists is encoded slice by slice, with
 * turns for the event loop between them, so that 10,000 images block nobody: a list that is split over several
 * encodings of the same message is still one list to every decoder (protobuf's encoding, "last one wins, lists append").
 * @returns the pieces, which together are the message.
 */
export function encode(desc: DescMessage, value: unknown): Uint8Array[] | Promise<Uint8Array[]> {
  const init = (value ?? {}) as Init;
  const long = desc.fields.filter(
    (field) => field.fieldKind === "list" && lengthOf(init[field.localName]) > SLICE_ITEMS,
  );
  if (long.length === 0) return [toBinary(desc, messageOf(desc, init))];
  return encodeSlices(
    desc,
    init,
    long.map((field) => field.localName),
  );
}

async function encodeSlices(desc: DescMessage, init: Init, names: string[]): Promise<Uint8Array[]> {
  const pieces = [toBinary(desc, without(desc, init, names))];
  let started = performance.now();
  for (const name of names) {
    const items = init[name] as unknown[];
    for (let from = 0; from < items.length; from += SLICE_ITEMS) {
      pieces.push(toBinary(desc, create(desc, { [name]: items.slice(from, from + SLICE_ITEMS) })));
      if (performance.now() - started < SLICE_MS) continue;
      await breathe();
      started = performance.now();
    }
  }
  return pieces;
}

/** The message without its long lists; the original stays as it is. */
function without(desc: DescMessage, init: Init, names: string[]): Message {
  const lists = names.map((name) => [name, []] as const);
  const copy: Init = Object.defineProperties(
    Object.create(Object.getPrototypeOf(init) as object | null) as Init,
    Object.getOwnPropertyDescriptors(init),
  );
  return messageOf(desc, Object.assign(copy, Object.fromEntries(lists)));
}

const messageOf = (desc: DescMessage, init: Init): Message =>
  "$typeName" in init ? (init as Message) : create(desc, init);

const lengthOf = (value: unknown): number => (Array.isArray(value) ? value.length : 0);
