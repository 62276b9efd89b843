import { digest } from "../../token/mac";
import { ocra } from "../../token/ocra";
import { concat, hex, utf8, wipe, type Octets } from "../../token/octets";
import { parseSuite } from "../../token/suite";

// derived is HKDF-SHA-256 (RFC 5869) of the token's key, without salt: each use has a key of
// its own, so that no code which one gives can stand for another.
async function derived(key: Octets, info: string, length: number): Promise<Octets> {
  const base = await crypto.subtle.importKey("raw", key, "HKDF", false, ["deriveBits"]);
  const params = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: utf8(info) };
  return new Uint8Array(await crypto.subtle.deriveBits(params, base, 8 * length));
}

// questionOf is what is signed: SHA-256 over the content, exactly as it came, and the control
// number that was typed or shown ("" for none), as 64 hexadecimal digits.
export async function questionOf(content: string, control: string): Promise<string> {
  return hex(await digest("SHA256", concat(content, "\n", control))).toUpperCase();
}

// answerTo signs a content by the token's key with the suite of its application (RFC 6287).
export async function answerTo(key: Octets, suite: string, content: string, control: string, unix: number): Promise<string> {
  const s = parseSuite(suite);
  if (s.counter || s.pin || s.session > 0) throw new RangeError("this app does not sign with such a suite");
  const signing = await derived(key, "countersign mobile token sign", 32);
  try {
    return await ocra(s, signing, { questions: [await questionOf(content, control)], ...(s.step > 0 ? { unix } : {}) });
  } finally {
    wipe(signing);
  }
}

// comparisonCode is shown on this device and typed where it was asked for, so that an
// activation code which somebody else was faster with is noticed: four digits of the key.
export async function comparisonCode(key: Octets): Promise<string> {
  const octets = await derived(key, "countersign mobile token compare", 8);
  const value = new DataView(octets.buffer).getBigUint64(0);
  return (value % 10_000n).toString().padStart(4, "0");
}
