import { hotp, totp } from "./hotp";
import { hashPIN, ocra, type OCRAInput } from "./ocra";
import type { Octets } from "./octets";
import type { Profile } from "./profile";
import { parseSuite } from "./suite";

// CodeInput is what a code is made from, as far as the algorithm asks for it.
export interface CodeInput {
  counter: bigint; // of an event-based key: the caller stores the next one first
  unix: number; // seconds since 1970
  questions: string[];
  pin: string;
}

// codeOf computes a code with a key of any profile. It throws when the question does not
// fit the suite.
export async function codeOf(profile: Profile, token: Octets, input: CodeInput): Promise<string> {
  switch (profile.kind) {
    case "hotp":
      return hotp(token, input.counter, profile.digits, profile.hash);
    case "totp":
      return totp(token, input.unix, profile.step, profile.digits, profile.hash);
    case "ocra":
      return ocraCode(profile.suite, token, input);
  }
}

async function ocraCode(text: string, token: Octets, input: CodeInput): Promise<string> {
  const suite = parseSuite(text);
  const parts: OCRAInput = { questions: input.questions };
  if (suite.counter) parts.counter = input.counter;
  if (suite.step > 0) parts.unix = input.unix;
  if (suite.pin) parts.pinHash = await hashPIN(suite, input.pin);
  return ocra(suite, token, parts);
}
