import { titleOf, type Scenario, type Step } from "./case.ts";
import { differences, type Difference } from "./differences.ts";
import { normalise, numberRules, placeRules, RULES } from "./normalise.ts";
import type { Plain } from "./plain.ts";
import { Session } from "./session.ts";
import type { Side } from "./side.ts";

/** What came of a step, as it is compared. */
export interface Outcome {
  readonly title: string;
  readonly result: Plain;
}

/** A difference, and of what. */
export interface Finding extends Difference {
  readonly scenario: string;
  readonly step: string;
}

/**
 * Plays a scenario on one side.
 * @param namespace default the daemon's own.
 * @throws Error with the end of its log when the daemon is gone, or a step could not be done.
 */
export async function play(
  side: Side,
  played: Scenario,
  namespace: string = side.daemon.namespace,
): Promise<Outcome[]> {
  let title = "";
  try {
    return await playSteps(side, played, namespace, (step) => (title = step));
  } catch (err) {
    const log = side.daemon.log?.().split("\n").slice(-LOG_LINES).join("\n") ?? "";
    throw new Error(`${side.daemon.address}: failed at ${title}\n${log}`, { cause: err });
  }
}

const LOG_LINES = 40;

async function playSteps(
  side: Side,
  { steps, lateEvents = false, unorderedEvents = false, withoutTopics = [] }: Scenario,
  namespace: string,
  onStep: (title: string) => void,
): Promise<Outcome[]> {
  const session = new Session(side, namespace);
  // Numbers before places: the namespace stands in keys of backends.
  const rules = [...numberRules(namespace), ...placeRules(side.daemon), ...RULES];
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    onStep(titleOf(step));
    const result = await resultOf(session, step);
    const events = lateEvents
      ? []
      : (await side.takeEvents(withoutTopics)).map((event) => normalise(event, rules));
    if (unorderedEvents) events.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    outcomes.push({
      title: titleOf(step),
      result: { ...(normalise(result, rules) as Readonly<Record<string, Plain>>), events },
    });
  }
  if (lateEvents) {
    const events = await side.takeEvents(withoutTopics);
    outcomes.push({ title: "events", result: normalise({ events }, rules) });
  }
  return outcomes;
}

async function resultOf(session: Session, step: Step): Promise<Readonly<Record<string, Plain>>> {
  if (!("act" in step)) return { ...(await session.call(step)) };
  // What a call may fail of is in its answer. An action that throws could not be done, and then there is nothing to compare.
  return { value: (await step.act(session)) ?? null };
}

/** Plays a scenario on both sides at once. @returns every difference. */
export async function compare(
  theirs: Side,
  ours: Side,
  played: Scenario,
  namespace?: string,
): Promise<Finding[]> {
  const [expected, actual] = await Promise.all([
    play(theirs, played, namespace),
    play(ours, played, namespace),
  ]);
  return expected.flatMap(({ title, result }, index) =>
    differences(result, actual[index]?.result).map((difference) => ({
      scenario: played.name,
      step: title,
      ...difference,
    })),
  );
}
