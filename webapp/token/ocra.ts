import { timeStep, truncate } from "./hotp";
import { digest, hashSize, hmac } from "./mac";
import { concat, hex, none, uint64, utf8, type Octets } from "./octets";
import { encodeQuestion } from "./question";
import type { Suite } from "./suite";

// OCRAInput is what goes into a response besides key and suite; what the suite does not
// name must be absent.
export interface OCRAInput {
  questions: string[]; // one, or two in mutual modes: the other side's first
  counter?: bigint;
  pinHash?: Octets; // see hashPIN
  session?: Octets; // at most as long as the suite says
  unix?: number; // seconds since 1970
}

// ocra is the response of RFC 6287, section 5. A suite without truncation gives the HMAC
// in hexadecimal. It throws for an input that is missing or that the suite does not name.
export async function ocra(suite: Suite, key: Octets, input: OCRAInput): Promise<string> {
  if (input.questions.length < 1 || input.questions.length > 2) throw new RangeError("a response has one question or two");
  const data = concat(
    suite.text,
    new Uint8Array(1),
    part(suite.counter, input.counter, uint64, "a counter"),
    encodeQuestion(suite, ...input.questions),
    part(suite.pin !== undefined, input.pinHash, (p) => exact(p, suite), "a PIN"),
    part(suite.session > 0, input.session, (s) => session(s, suite.session), "session data"),
    part(suite.step > 0, input.unix, (t) => uint64(timeStep(t, suite.step)), "a time"),
  );
  const mac = await hmac(suite.hash, key, data);
  return suite.digits === 0 ? hex(mac) : truncate(mac, suite.digits);
}

// hashPIN is P: the digest of a PIN by the suite's hash function. It throws for a suite
// without PIN.
export function hashPIN(suite: Suite, pin: string): Promise<Octets> {
  if (!suite.pin) throw new RangeError("the suite has no PIN");
  return digest(suite.pin, utf8(pin));
}

function part<T>(named: boolean, value: T | undefined, encode: (value: T) => Octets, what: string): Octets {
  if (named !== (value !== undefined)) throw new RangeError(`the suite ${named ? "needs" : "does not take"} ${what}`);
  return value === undefined ? none : encode(value);
}

function exact(pinHash: Octets, suite: Suite): Octets {
  if (suite.pin && pinHash.length !== hashSize(suite.pin)) throw new RangeError("the hash of the PIN has the wrong length");
  return pinHash;
}

// session fills session data with zeros on the left.
function session(s: Octets, length: number): Octets {
  if (s.length > length) throw new RangeError("the session data are longer than the suite allows");
  return concat(new Uint8Array(length - s.length), s);
}
