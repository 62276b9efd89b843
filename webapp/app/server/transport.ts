import type { Clock } from "../clock";
import { Offline, Refused, Unreadable } from "./fault";
import { proofOf, type Signer } from "./proof";
import { Members } from "./read";

export interface Setup {
  origin: string; // of the server, which is the app's own
  clock: Clock;
  fetch?: typeof fetch;
  signer: () => Promise<Signer | undefined>;
  heard?: () => void; // after the clock has changed
}

const patience = 15_000; // milliseconds that an answer may take

// Transport sends one request and reads what comes back.
export class Transport {
  constructor(readonly setup: Setup) {}

  // open asks without a proof.
  open<T>(method: string, path: string, body: unknown, read: (m: Members) => T): Promise<T> {
    return this.exchange(method, path, body, undefined, read);
  }

  // signed asks with a proof by the device's key. When the server says that the clock is
  // wrong, it is set and the request made once more.
  async signed<T>(method: string, path: string, body: unknown, read: (m: Members) => T): Promise<T> {
    const signer = await this.setup.signer();
    if (!signer) throw new Refused(401, "token.none", "");
    try {
      return await this.exchange(method, path, body, signer, read);
    } catch (e) {
      if (!(e instanceof Refused) || e.code !== "token.clock") throw e;
      return this.exchange(method, path, body, signer, read);
    }
  }

  private async exchange<T>(method: string, path: string, body: unknown, signer: Signer | undefined, read: (m: Members) => T): Promise<T> {
    const { clock, origin } = this.setup;
    const url = origin + path;
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (signer) headers["Token-Proof"] = await proofOf(signer, method, url, text, clock.unix());
    const asked = clock.read();
    const { status, answer } = await this.post(url, { method, headers, ...(text ? { body: text } : {}) });
    this.hear(answer, asked);
    if (status >= 200 && status < 300) return readable(answer ?? {}, read);
    throw refusal(status, answer);
  }

  private async post(url: string, init: RequestInit): Promise<{ status: number; answer: unknown }> {
    const send = this.setup.fetch ?? ((u: string, i: RequestInit) => fetch(u, i));
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), patience);
    try {
      const response = await send(url, { ...init, cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", signal: end.signal });
      return { status: response.status, answer: parse(await response.text()) };
    } catch {
      throw new Offline();
    } finally {
      clearTimeout(timer);
    }
  }

  // hear takes the server's time from every answer that has it.
  private hear(answer: unknown, asked: number): void {
    const now = typeof answer === "object" && answer !== null ? Date.parse(String((answer as { now?: unknown }).now)) : NaN;
    if (Number.isNaN(now)) return;
    this.setup.clock.set(now, asked);
    this.setup.heard?.();
  }
}

function parse(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readable<T>(answer: unknown, read: (m: Members) => T): T {
  return read(new Members(answer));
}

// refusal reads a problem of RFC 9457. What stands before the server answers in its own way:
// then it is as if the server were away.
function refusal(status: number, answer: unknown): Error {
  if (typeof answer !== "object" || answer === null) return status >= 500 ? new Offline() : new Unreadable(`status ${status} without a problem`);
  const m = new Members(answer);
  return new Refused(status, m.maybe("code"), m.maybe("detail"), m.all());
}
