import { subtleName, type Hash } from "./mac";
import type { Octets } from "./octets";

// mostIterations bounds what a server may ask of this device: some seconds of work.
export const mostIterations = 10_000_000;

// pbkdf2 is PKCS #5, section 5.2, for length octets. The profile (IP-04) takes HMAC-SHA1
// where a message cannot name another function.
export async function pbkdf2(password: Octets, salt: Octets, iterations: number, length: number, hash: Hash = "SHA1"): Promise<Octets> {
  if (!(iterations >= 1 && iterations <= mostIterations)) throw new RangeError(`PBKDF2 takes 1 to ${mostIterations} iterations here`);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const params = { name: "PBKDF2", salt, iterations, hash: subtleName(hash) };
  return new Uint8Array(await crypto.subtle.deriveBits(params, key, 8 * length));
}
