import type { DescMethod, DescService, MessageInitShape } from "@bufbuild/protobuf";
import type { Plain } from "./plain.ts";
import type { Session } from "./session.ts";

/** A value, or how it is made on each side: of a directory, of what was answered before. */
export type Given<T> = T | ((session: Session) => T);

/** What a case says beside its request. */
export interface CaseOptions {
  /** What it is called where its request says too little. */
  readonly title?: string;
  /** Default the scenario's own; "" sends none. */
  readonly namespace?: string;
  readonly lease?: string;
  /** More headers. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Keeps the first response under this name, for later requests. */
  readonly save?: string;
  /** The order of what the responses list means nothing: they are sorted. */
  readonly unordered?: boolean;
}

/** One call, as data. */
export interface Call extends CaseOptions {
  readonly method: DescMethod;
  /** One; for a method that takes a stream, each is sent when the one before was answered. */
  readonly requests: readonly Given<object>[];
}

/** What data cannot say: several calls at once, files, waiting. What it returns is compared. */
export interface Action {
  readonly title: string;
  readonly act: (session: Session) => Promise<Plain | void>;
}

export type Step = Call | Action;

type Request<M extends DescMethod> = Given<MessageInitShape<M["input"]>>;

/** Methods that describe a call instead of making it. */
export type Calls<S extends DescService> = {
  readonly [K in keyof S["method"]]: S["method"][K]["methodKind"] extends "unary" | "server_streaming"
    ? (request?: Request<S["method"][K]>, options?: CaseOptions) => Call
    : (requests: readonly Request<S["method"][K]>[], options?: CaseOptions) => Call;
};

/** The calls of a service, checked by the compiler. */
export function callsOf<S extends DescService>(service: S): Calls<S> {
  const entries = service.methods.map((method) => [
    method.localName,
    (given: Given<object> | readonly Given<object>[] = {}, options: CaseOptions = {}): Call => ({
      method,
      requests: Array.isArray(given) ? given : [given],
      ...options,
    }),
  ]);
  return Object.fromEntries(entries) as Calls<S>;
}

/** A step that is more than one call. */
export const action = (title: string, act: Action["act"]): Action => ({ title, act });

/** Steps that belong together, in a namespace of their own. */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Plugins without which it is skipped, such as `grpc.v1.tasks`. */
  readonly needs?: readonly string[];
  /** Events come when they like: they are compared when all steps are done, not after each. */
  readonly lateEvents?: boolean;
  /** Several things are done at once: the events of a step are sorted. */
  readonly unorderedEvents?: boolean;
  /** Events that come or not, by chance: they are not compared. */
  readonly withoutTopics?: readonly string[];
  /** It runs in the daemon's own namespace: cgroups and runtimes know no daemon. */
  readonly runs?: boolean;
}

/** Makes a scenario. */
export const scenario = (
  name: string,
  steps: readonly Step[],
  options: Omit<Scenario, "name" | "steps"> = {},
): Scenario => ({ name, steps, ...options });

const LONGEST_TITLE = 160;

/** The name of a step in messages. */
export function titleOf(step: Step): string {
  if ("act" in step) return step.title;
  if (step.title !== undefined) return `${step.method.name} ${step.title}`;
  const requests = step.requests.map((request) =>
    typeof request === "function" ? "…" : JSON.stringify(printable(request)),
  );
  const headers = [
    ...(step.namespace === undefined ? [] : [`namespace ${JSON.stringify(step.namespace)}`]),
    ...(step.lease === undefined ? [] : [`lease ${step.lease}`]),
  ];
  const text = [step.method.name, ...requests, ...headers]
    .join(" ")
    .replaceAll(/(.)\1{40,}/g, (run, each: string) => `${each}×${run.length}`);
  return text.length > LONGEST_TITLE ? `${text.slice(0, LONGEST_TITLE)}…` : text;
}

/** What JSON cannot say, or says at length: a Buffer lists all its numbers. */
function printable(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return value.map(printable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, printable(each)]));
}
