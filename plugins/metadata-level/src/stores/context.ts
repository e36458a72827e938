import { create, toBinary, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { InvalidArgumentError, wireMessage } from "@davit/errdefs";
import type { EventExchange } from "@davit/events";
import { parseFilters, type Filter } from "@davit/filters";
import type { Database } from "../db/database.ts";
import type { KeyLocks } from "../db/key-locks.ts";
import type { Updates } from "../db/updates.ts";

/** What the stores stand on. */
export interface StoreContext {
  readonly database: Database;
  readonly updates: Updates;
  readonly locks: KeyLocks;
  readonly events: EventExchange;
}

/** Publishes what was written. A failure fails the call, though the change stays (reference 01 §6). */
export function publish<M extends DescMessage>(
  { events }: StoreContext,
  namespace: string,
  topic: string,
  schema: M,
  message: MessageInitShape<M>,
): Promise<void> {
  // Not with the caller's signal: what is done is told.
  const event = { typeUrl: schema.typeName, value: toBinary(schema, create(schema, message)) };
  return events.publish(topic, event, { namespace });
}

/** The filters of images, containers, leases and sandboxes, whose parse errors say their kind twice (reference 01 §4). */
export function parseListFilters(filters: readonly string[] = []): Filter {
  try {
    return parseFilters(filters);
  } catch (cause) {
    const text = `${wireMessage(cause)}: invalid argument`;
    throw new InvalidArgumentError(text, { bare: true, cause });
  }
}
