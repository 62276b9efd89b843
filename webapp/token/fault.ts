import type { Status } from "./status";

// Cause is why a run ended without a key:
//
//   refused      the server answered with a failure status
//   malformed    an answer is no message of the protocol, or not the one that was due
//   unverified   a MAC is missing or wrong: the answer is not the server's
//   unacceptable the answer names what was not offered, or would overwrite a key
//   transport    no answer came; the run can be resumed
//   http         the server, or something before it, answered with an HTTP error
export type Cause = "refused" | "malformed" | "unverified" | "unacceptable" | "transport" | "http";

// Fault ends a run. Its text holds no secret.
export class Fault extends Error {
  constructor(
    readonly why: Cause,
    message: string,
    readonly status?: Status,
  ) {
    super(message);
  }
}

export const malformed = (what: string): Fault => new Fault("malformed", what);
export const unacceptable = (what: string): Fault => new Fault("unacceptable", what);
export const unverified = (what: string): Fault => new Fault("unverified", what);

// readable runs f and makes malformed what it throws, unless that is a Fault already.
export async function readable<T>(what: string, f: () => T | Promise<T>): Promise<T> {
  try {
    return await f();
  } catch (e) {
    throw e instanceof Fault ? e : malformed(`${what}: ${e instanceof Error ? e.message : "unreadable"}`);
  }
}
