import { ns } from "./names";
import { content, Fields } from "./xml";

// Policy says when and for what a key may be used (RFC 6030, section 5).
export interface Policy {
  blocked: boolean; // a part was not understood: no use is permitted
  from?: string; // xs:dateTime, inclusive
  until?: string;
  usages: string[]; // empty: any
  transactions?: bigint;
  pin?: PINPolicy;
}

export interface PINPolicy {
  keyID?: string;
  mode: string; // Local, Prepend, Append, Algorithmic
  failures?: number; // most wrong entries
  shortest?: number;
  longest?: number;
  encoding?: string;
}

const usages = ["OTP", "CR", "Encrypt", "Integrity", "Verify", "Unlock", "Decrypt", "KeyWrap", "Unwrap", "Derive", "Generate"];
const dateTime = /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

export function readPolicy(e: Element | undefined): Policy {
  const out: Policy = { blocked: false, usages: [] };
  if (!e) return out;
  try {
    readParts(new Fields(e, ns.pskc), out);
  } catch {
    // What is not understood must not be taken for permission (section 5).
    out.blocked = true;
  }
  return out;
}

function readParts(fields: Fields, out: Policy): void {
  const from = fields.optional("StartDate");
  if (from) out.from = known(content(from).trim(), (t) => dateTime.test(t));
  const until = fields.optional("ExpiryDate");
  if (until) out.until = known(content(until).trim(), (t) => dateTime.test(t));
  const pin = fields.optional("PINPolicy");
  if (pin) out.pin = readPIN(pin);
  out.usages = fields.many("KeyUsage").map((u) => known(content(u).trim(), (t) => usages.includes(t)));
  const transactions = fields.optional("NumberOfTransactions");
  if (transactions) out.transactions = BigInt(known(content(transactions).trim(), (t) => /^\d{1,18}$/.test(t)));
  fields.end();
}

function known(text: string, is: (text: string) => boolean): string {
  if (!is(text)) throw new RangeError("a part of the policy is not known");
  return text;
}

function readPIN(e: Element): PINPolicy {
  const names = ["PINKeyId", "PINUsageMode", "MaxFailedAttempts", "MinLength", "MaxLength", "PINEncoding"];
  for (const a of Array.from(e.attributes)) known(a.name, (n) => names.includes(n) || n.startsWith("xmlns"));
  const text = (name: string): string | undefined => e.getAttribute(name) ?? undefined;
  const count = (name: string): number | undefined => {
    const t = text(name);
    return t === undefined ? undefined : +known(t, (v) => /^\d{1,9}$/.test(v));
  };
  const out: PINPolicy = { mode: known(text("PINUsageMode") ?? "", (m) => ["Local", "Prepend", "Append", "Algorithmic"].includes(m)) };
  const parts = { keyID: text("PINKeyId"), encoding: text("PINEncoding"), failures: count("MaxFailedAttempts"), shortest: count("MinLength"), longest: count("MaxLength") };
  return Object.assign(out, Object.fromEntries(Object.entries(parts).filter(([, v]) => v !== undefined)));
}

// permits says whether a key may be used so at a time, in milliseconds since 1970. Both
// dates are inclusive; used counts the transactions so far.
export function permits(p: Policy, usage: "OTP" | "CR" | "Integrity", now: number, used: bigint): boolean {
  if (p.blocked || (p.usages.length > 0 && !p.usages.includes(usage))) return false;
  if (p.from !== undefined && now < Date.parse(p.from)) return false;
  if (p.until !== undefined && now > Date.parse(p.until)) return false;
  return p.transactions === undefined || used < p.transactions;
}
