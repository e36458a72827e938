import { InvalidArgumentError, quote } from "@davit/errdefs";
import { validateIdentifier } from "@davit/identifiers";

/**
 * Checks a topic: `/` and identifiers, joined by `/`.
 * @throws InvalidArgumentError with containerd's text (core/events/exchange).
 */
export function validateTopic(topic: string): void {
  try {
    validateComponents(topic);
  } catch (cause) {
    throw new Error(`envelope topic ${quote(topic)}`, { cause });
  }
}

function validateComponents(topic: string): void {
  if (topic === "") throw new InvalidArgumentError("must not be empty");
  if (!topic.startsWith("/")) throw new InvalidArgumentError("must start with '/'");
  if (topic.length === 1) throw new InvalidArgumentError("must have at least one component");
  for (const component of topic.slice(1).split("/")) {
    try {
      validateIdentifier(component);
    } catch (cause) {
      throw new Error(`failed validation on component ${quote(component)}`, { cause });
    }
  }
}
