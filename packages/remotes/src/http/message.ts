import type { Dispatcher } from "undici";

/** A request. Plain data: it goes to the thread that fetches. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST";
  readonly url: string;
  /** Sent at every hop. */
  readonly headers: Headers;
  /** Sent to the host of `url` only: what an administrator configured may be a secret. */
  readonly hostHeaders?: Headers | undefined;
  /** Values of Authorization by host (`name[:port]`). A host gets its own and no other. */
  readonly authorization?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
}

/** Header names in lower case. */
export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** An answer of status 200–299. The caller reads the body or destroys it. */
export interface HttpResponse {
  /** After redirects. */
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Dispatcher.ResponseData["body"];
}

/** The first value of a header. */
export const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

/** All values of a header. */
export const list = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
