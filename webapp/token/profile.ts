import { unacceptable } from "./fault";
import { hashSize, type Hash } from "./mac";
import { keyTypes, ns } from "./names";
import { parseSuite } from "./suite";

// Profile is how codes are computed with a key.
export type Profile =
  | { kind: "hotp"; hash: Hash; digits: number }
  | { kind: "totp"; hash: Hash; digits: number; step: number } // step in seconds
  | { kind: "ocra"; hash: Hash; suite: string };

// ProfileInput is what a key package says about it.
export interface ProfileInput {
  algorithm: string;
  suite?: string;
  digits?: number;
  step?: number;
}

const ocraURI = ns.pskc + ":OCRA-1:";

// profileOf throws a Fault for a key that this client cannot use.
export function profileOf(p: ProfileInput): Profile {
  if (p.algorithm === keyTypes.ocra || p.algorithm.startsWith(ocraURI)) return ocraProfile(p);
  const { digits, step = 30 } = p;
  if (digits === undefined || digits < 4 || digits > 10) throw unacceptable("the key package does not say how long codes are");
  const hash = hashOf(p.suite);
  if (p.algorithm === keyTypes.hotp) return { kind: "hotp", hash, digits };
  if (p.algorithm === keyTypes.totp && step >= 1) return { kind: "totp", hash, digits, step };
  throw unacceptable("the key package is for an unknown algorithm");
}

// ocraProfile takes the suite from the URI of the algorithm, from its parameters, or from
// both if they agree.
function ocraProfile(p: ProfileInput): Profile {
  const named = p.algorithm === keyTypes.ocra ? undefined : p.algorithm.slice(ns.pskc.length + 1);
  const suite = named ?? p.suite;
  if (suite === undefined || (p.suite !== undefined && p.suite !== suite)) throw unacceptable("the key package does not say which OCRA suite it is for");
  try {
    return { kind: "ocra", hash: parseSuite(suite).hash, suite };
  } catch {
    throw unacceptable("the OCRA suite of the key package is wrong");
  }
}

// hashOf reads the spellings of hash functions in a Suite; without one it is SHA-1.
function hashOf(suite: string | undefined): Hash {
  if (suite === undefined) return "SHA1";
  const name = suite.trim().toUpperCase().replace(/^HMAC-?/, "").replace("SHA-", "SHA");
  if (name === "SHA1" || name === "SHA256" || name === "SHA512") return name;
  throw unacceptable("the hash function of the key package is not known");
}

// tokenSize is the length of K_TOKEN in octets: that of the algorithm's hash (RFC 4226,
// section 4; RFC 6238, section 5.1; RFC 6287, section 5.1), as 20 for HOTP in RFC 6063,
// section 5.2.2.
export const tokenSize = (p: Profile): number => hashSize(p.hash);
