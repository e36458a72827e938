import { fromBinary, type Message } from "@bufbuild/protobuf";
import type { Envelope } from "@davit/api/types";
import { fromTimestamp } from "@davit/time";
import type { Abortable, Session } from "./session.ts";

/** Something that happened in the daemon. */
export interface DaemonEvent {
  /** Nanoseconds since 1970. */
  readonly timestamp: bigint;
  readonly namespace: string;
  /** `/tasks/exit` and so on. */
  readonly topic: string;
  /** Full name of the event's message. */
  readonly type: string;
  /** The message; undefined where its type is not known here, or it does not decode. */
  readonly event: Message | undefined;
}

/** Which events. */
export interface EventOptions extends Abortable {
  /** containerd's filters, one of which must match: `topic=="/tasks/exit"`, `namespace==default`. Default all. */
  readonly filters?: readonly string[] | undefined;
}

/**
 * Events from now on, of all namespaces, until the iteration is left or the signal is aborted, which ends it.
 * @throws UnavailableError when the daemon goes; UnknownError for a filter that is none.
 */
export async function* events(
  { services }: Session,
  { filters = [], signal }: EventOptions = {},
): AsyncGenerator<DaemonEvent, void, undefined> {
  const { eventRegistry } = await import("@davit/api");
  try {
    for await (const envelope of services.events.subscribe({ filters: [...filters] }, { signal })) {
      const type = typeOf(envelope);
      const schema = eventRegistry.getMessage(type);
      yield {
        timestamp: fromTimestamp(envelope.timestamp),
        namespace: envelope.namespace,
        topic: envelope.topic,
        type,
        event: schema && decoded(() => fromBinary(schema, envelope.event?.value ?? new Uint8Array())),
      };
    }
  } catch (err) {
    if (!signal?.aborted) throw err;
  }
}

const typeOf = ({ event }: Envelope): string =>
  event?.typeUrl.slice(event.typeUrl.lastIndexOf("/") + 1) ?? "";

function decoded(decode: () => Message): Message | undefined {
  try {
    return decode();
  } catch {
    // Anyone may publish anything under any type.
    return undefined;
  }
}
