import { pbkdf2 } from "../../token/pbkdf2";
import type { Octets } from "../../token/octets";
import { wipe } from "../../token/octets";

// Sealed is a secret under a PIN. Nothing in it tells a right PIN from a wrong one: the
// cipher has no check of its own, and the length is that of the secret.
export interface Sealed {
  salt: Octets;
  iterations: number;
  octets: Octets;
}

// iterations of PBKDF2-HMAC-SHA-256: what OWASP asked for in 2023, some tenths of a second on a phone. They slow
// down whoever has the storage and a code that was once right; without one there is nothing to try against.
export const iterations = 600_000;

// seal encrypts a secret under a PIN, given as octets so that it can be wiped: the caller's.
export async function seal(pin: Octets, secret: Octets): Promise<Sealed> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  return { salt, iterations, octets: await crypt(pin, salt, iterations, secret) };
}

// open decrypts under any PIN. A wrong one gives other octets, of the same length, and only
// the server can tell: it counts.
export function open(pin: Octets, s: Sealed): Promise<Octets> {
  return crypt(pin, s.salt, s.iterations, s.octets);
}

// crypt is AES-256 in counter mode from zero: the key is fresh with each salt, so no counter
// is used twice with one key.
async function crypt(pin: Octets, salt: Octets, count: number, text: Octets): Promise<Octets> {
  const material = await pbkdf2(pin, salt, count, 32, "SHA256");
  try {
    const key = await crypto.subtle.importKey("raw", material, "AES-CTR", false, ["encrypt"]);
    return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CTR", counter: new Uint8Array(16), length: 64 }, key, text));
  } finally {
    wipe(material);
  }
}
