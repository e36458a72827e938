import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Envelope as EnvelopeMessage, EnvelopeSchema } from "@davit/api/types";
import { InvalidArgumentError } from "@davit/errdefs";
import type { Envelope } from "@davit/events";
import { fromTimestamp, toTimestamp } from "@davit/time";

export const envelopeToProto = (envelope: Envelope): MessageInitShape<typeof EnvelopeSchema> => ({
  timestamp: toTimestamp(envelope.timestamp),
  namespace: envelope.namespace,
  topic: envelope.topic,
  event: envelope.event,
});

/**
 * The envelope of a request. A time that is absent is 1970, as in containerd.
 * @throws InvalidArgumentError when there is none, which ends containerd.
 */
export function envelopeFromProto(envelope: EnvelopeMessage | undefined): Envelope {
  if (envelope === undefined) throw new InvalidArgumentError("envelope must be set");
  const { timestamp, namespace, topic, event } = envelope;
  return { timestamp: fromTimestamp(timestamp), namespace, topic, event };
}
