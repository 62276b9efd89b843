import { Fault } from "./fault";
import { media } from "./names";
import type { Octets } from "./octets";

// Fetch is the part of fetch that is used.
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

// Sender is how messages reach the server (RFC 6063, section 7.2).
export interface Sender {
  fetch: Fetch;
  attempts: number; // per message, at least 1
  pause(attempt: number): Promise<void>; // before another attempt, from 1
}

// send posts a message until it is answered. What repeats are the same octets, so that a
// server knows a repeated message. Failures of the network and of the server (5xx) are
// tried again; after the last attempt it throws a Fault.
export async function send(s: Sender, url: string, body: Octets): Promise<Octets> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await post(s, url, body);
    } catch (e) {
      if (!(e instanceof Fault) || e.why !== "transport" || attempt >= s.attempts) throw e;
    }
    await s.pause(attempt);
  }
}

async function post(s: Sender, url: string, body: Octets): Promise<Octets> {
  const headers = { "Content-Type": media, Accept: media, "Cache-Control": "no-cache, no-store", Pragma: "no-cache" };
  // A redirection would lead to a URL that the Authentication Data were not made for.
  const init: RequestInit = { method: "POST", headers, body, cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" };
  let response: Response;
  let answer: Octets;
  try {
    response = await s.fetch(url, init);
    answer = new Uint8Array(await response.arrayBuffer());
  } catch {
    throw new Fault("transport", "the server did not answer");
  }
  if (response.status >= 500) throw new Fault("transport", `the server failed with status ${response.status}`);
  const kind = (response.headers.get("Content-Type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (response.status !== 200 || kind !== media) throw new Fault("http", `the server answered with status ${response.status} and type ${kind}`);
  return answer;
}

// checkURL takes HTTPS, and plain HTTP on this device only: RFC 6063, section 10.3, leaves
// confidentiality to the transport. It throws a Fault.
export function checkURL(url: string): void {
  let parsed: URL | undefined;
  try {
    parsed = new URL(url);
  } catch {
    // undefined is refused below
  }
  const local = parsed?.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(parsed.hostname);
  if (parsed?.protocol !== "https:" && !local) throw new Fault("unacceptable", "the address of the server is not one of HTTPS");
}
