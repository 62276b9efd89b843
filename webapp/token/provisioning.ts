import { unverified } from "./fault";
import { digest } from "./mac";
import { concat, same, wipe, type Octets } from "./octets";
import { derive, macKey, type PRF } from "./prf";
import { tokenSize, type Profile } from "./profile";

// Halves are those of K_PROV = K_MAC ‖ K_TOKEN (RFC 6063, sections 4.1.2 and 5.2.2; the
// normative order, profile IP-10). token is truncated to what its algorithm takes.
export interface Halves {
  mac: Octets;
  token: Octets;
}

// agree computes K_PROV of a four-pass run from both nonces and the key that encrypted the
// client's.
export async function agree(prf: PRF, rc: Octets, k: Octets, rs: Octets, profile: Profile): Promise<Halves> {
  const half = Math.max(prf.size, tokenSize(profile));
  const prov = await derive(prf, rc, concat("Key generation", k, rs), 2 * half);
  const halves = split(prov, profile);
  wipe(prov);
  return halves;
}

// split halves K_PROV. Of two-pass packages every even length is taken, for the RFC's own
// examples are shorter than its text says; a half has at least the 16 octets of a PRF's key.
export function split(prov: Octets, profile: Profile): Halves {
  const half = prov.length / 2;
  if (prov.length % 2 !== 0 || half < 16 || half > 256) throw unverified("the provisioning key has a wrong length");
  return { mac: prov.slice(0, half), token: prov.slice(half, half + Math.min(half, tokenSize(profile))) };
}

// confirmation is "MAC 1" over all messages (RFC 6063, sections 4.2.4 and 5.2.2): 32 octets.
// serverID has a part in two-pass runs only.
export async function confirmation(prf: PRF, mac: Octets, messages: Octets[], serverID = ""): Promise<Octets> {
  const hash = await digest("SHA256", concat(...messages));
  return derive(prf, macKey(prf, mac), concat("MAC 1 computation", hash, serverID), 32);
}

// helloMAC proves, in a ServerHello, that the server knows the key that is to be replaced
// (section 4.2.3; its input is that of RFC 4758, profile IP-08). r is the nonce of the
// ClientHello. K_MAC' is the K_TOKEN that is replaced, as the section permits.
export function helloMAC(prf: PRF, oldToken: Octets, r: Octets, rs: Octets): Promise<Octets> {
  return derive(prf, macKey(prf, oldToken), concat("MAC 1 computation", r, rs), rs.length);
}

// renewalMAC is "MAC 2", which proves the same at the end of two passes (section 5.2.2;
// R = R_C, profile IP-09).
export function renewalMAC(prf: PRF, oldToken: Octets, serverID: string, rc: Octets, length: number): Promise<Octets> {
  return derive(prf, macKey(prf, oldToken), concat("MAC 2 computation", serverID, rc), length);
}

// verify compares a MAC in constant time and throws a Fault for one that is missing or
// wrong. made computes the right one, and is asked only when one is given.
export async function verify(what: string, given: Octets | undefined, made: () => Promise<Octets>): Promise<void> {
  if (!given || !same(given, await made())) throw unverified(`the ${what} of the server is ${given ? "wrong" : "missing"}`);
}
