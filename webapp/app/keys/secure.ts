import { codeOf } from "../../token/generate";
import type { Octets } from "../../token/octets";
import type { Clock } from "../clock";
import type { Kept, Store } from "../store/db";

// SecureCode is a code and when it ends, in milliseconds of the server's time; without an
// end it is event-based.
export interface SecureCode {
  code: string;
  from?: number;
  until?: number;
}

// Early says that the code of this time step has been shown or sent already. Each is good for
// one use, so that the next one comes at a moment, in milliseconds of the server's time.
export class Early extends Error {
  constructor(readonly at: number) {
    super("the code of this moment has been used");
  }
}

type Slot = "token" | "pending";

// toShow computes the code that a person reads and types elsewhere, and for time-based keys
// the one after it, so that the PIN is asked for once. The same code may be shown again.
export async function toShow(store: Store, slot: Slot, key: Octets, clock: Clock): Promise<SecureCode[]> {
  const token = await claim(store, slot, (t) => claimStep(t, clock, t.sent, "shown", 1));
  if (token.profile.kind !== "totp") return [await eventCode(token, key)];
  const { step } = token.profile;
  const first = Math.floor(clock.unix() / step);
  return Promise.all([first, first + 1].map((n) => timeCode(token, key, n, step)));
}

// toSend computes a code that the app itself sends: never one that was shown, for that may
// have been typed at the bank. It throws Early.
// A key that is not confirmed yet gives the same code again: the answer to it may have been lost.
export async function toSend(store: Store, slot: Slot, key: Octets, clock: Clock): Promise<string> {
  const token = await claim(store, slot, (t) => claimStep(t, clock, slot === "pending" ? -1 : Math.max(t.sent, t.shown), "sent", 0));
  if (token.profile.kind !== "totp") return (await eventCode(token, key)).code;
  return (await timeCode(token, key, token.sent, token.profile.step)).code;
}

// earliest is when a code can be had, in milliseconds of the server's time: for the screens,
// which wait before they ask for the PIN and not with the key at hand.
export function earliest(t: Kept, clock: Clock, what: "show" | "send"): number {
  const out = claimStep(t, clock, what === "show" ? t.sent : Math.max(t.sent, t.shown), "sent", 0);
  return out instanceof Early ? out.at : 0;
}

// claim changes the token in one transaction, so that of two windows of the app each gets a
// counter of its own.
async function claim(store: Store, slot: Slot, f: (t: Kept) => Kept | Early): Promise<Kept> {
  let early: Early | undefined;
  const token = await store.update(slot, (t) => {
    if (!t) return undefined;
    const out = f(t);
    if (!(out instanceof Early)) return out;
    early = out;
    return undefined;
  });
  if (early) throw early;
  if (!token) throw new Error("there is no token on this device");
  return token;
}

// ahead is how far a step of the past may be ahead of the clock; beyond it the clock was
// wrong then, and the step means nothing.
const ahead = 2;

export function claimStep(t: Kept, clock: Clock, used: number, mark: "sent" | "shown", more: number): Kept | Early {
  if (t.profile.kind !== "totp") return { ...t, counter: t.counter + 1n };
  const { step } = t.profile;
  const now = Math.floor(clock.unix() / step);
  if (used >= now && used <= now + ahead) return new Early((used + 1) * step * 1000);
  return { ...t, [mark]: now + more };
}

async function eventCode(token: Kept, key: Octets): Promise<SecureCode> {
  // claim has stored the next counter.
  return { code: await codeOf(token.profile, key, { counter: token.counter - 1n, unix: 0, questions: [], pin: "" }) };
}

async function timeCode(token: Kept, key: Octets, n: number, step: number): Promise<SecureCode> {
  const code = await codeOf(token.profile, key, { counter: 0n, unix: n * step, questions: [], pin: "" });
  return { code, from: n * step * 1000, until: (n + 1) * step * 1000 };
}
