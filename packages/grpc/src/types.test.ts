import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { bidi, implement, serverStream, unary } from "@davit/grpc";
import { Echo } from "./testing/echo.ts";

// Never called: the compiler is the test.
export function mistakes(): void {
  // @ts-expect-error a unary handler for a server-streaming method
  implement(Echo, { count: unary(async () => ({ text: "x" })) });
  // @ts-expect-error a streaming handler for a unary method
  implement(Echo, { say: serverStream(async function* () {}) });
  // @ts-expect-error a bidi handler for a client-streaming method
  implement(Echo, { sum: bidi(async function* () {}) });
  // @ts-expect-error a response without such a field
  implement(Echo, { say: unary(async () => ({ txet: "x" })) });
  // @ts-expect-error a field of another type
  implement(Echo, { say: unary(async () => ({ text: 1 })) });
  // @ts-expect-error a method the service does not have
  implement(Echo, { shout: unary(async () => ({})) });
  // @ts-expect-error a field the request does not have
  implement(Echo, { say: unary(async ({ name }) => ({ text: name as string })) });
}

test("the types of handlers follow from the descriptor", () => {
  const { methods } = implement(Echo, { say: unary(async ({ text, count }) => ({ text, index: count })) });
  assert.equal(typeof methods["say"], "function");
});

test("a server loads nothing of grpc-js", () => {
  const program = `
    import { registerHooks } from "node:module";
    registerHooks({ resolve(name, context, next) {
      if (name.startsWith("@grpc/")) throw new Error("grpc-js was loaded");
      return next(name, context);
    } });
    await import("@davit/grpc");
    await import("@davit/grpc/server");
    await import("@davit/grpc/client").then(() => process.exit(1), (err) => console.log(err.message));`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  assert.equal(printed.trim(), "grpc-js was loaded");
});
