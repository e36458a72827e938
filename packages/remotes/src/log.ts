/** Where warnings go: the part of pino's logger that is used here. No credential is ever among the fields. */
export interface RemotesLog {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Says nothing. */
export const silent: RemotesLog = { debug: () => {}, warn: () => {} };
