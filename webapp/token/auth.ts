import type { Code } from "./code";
import { digest } from "./mac";
import { concat, utf8, wipe, type Octets } from "./octets";
import { pbkdf2 } from "./pbkdf2";
import { derive, type PRF } from "./prf";
import { saslprep } from "./saslprep";
import { el, octetEl, type Part } from "./write";

// iterations of K_AC (RFC 6063, section 3.4.1.2). With a shared key or one derived from a
// passphrase, in two-pass runs, it is exactly 1.
export const iterations = 100_000;
export const iterationsShared = 1;

// Proof is what Authentication Data are made of. The server's nonce has a part in four-pass
// runs only.
export interface Proof {
  code: Code;
  url: string; // the characters of the URL that the client contacts (profile IP-21)
  k: Octets; // DER of the public key, or the octets of the shared one (profile IP-01)
  rc: Octets;
  rs?: Octets;
  iterations: number;
}

// authenticationMAC is PRF(K_AC, ClientID ‖ URL_S ‖ R_C ‖ [R_S], 16), with K_AC =
// PBKDF2(password, R_C ‖ K, iterations, 16).
export async function authenticationMAC(prf: PRF, p: Proof): Promise<Octets> {
  const kac = await pbkdf2(utf8(p.code.password), concat(p.rc, p.k), p.iterations, 16);
  const mac = await derive(prf, kac, concat(p.code.clientID, p.url, p.rc, p.rs ?? ""), 16);
  wipe(kac);
  return mac;
}

// passphraseKey is K of a two-pass run with passphrase wrap (profile IP-26): the package's
// own salt is not known yet when the client proves itself.
export async function passphraseKey(passphrase: string, clientID: string, url: string): Promise<Octets> {
  const salt = await digest("SHA256", concat("DSKPP passphrase K\0", clientID, "\0", url));
  return pbkdf2(utf8(saslprep(passphrase)), salt.slice(0, 16), iterations, 16);
}

// authenticationData writes the element. The nonce is there in two-pass runs only: in four
// passes R_C is the secret that the key is made of.
export function authenticationData(clientID: string, count: number, prf: PRF, mac: Octets, nonce?: Octets): Part {
  const parts = [nonce && octetEl("dskpp:Nonce", nonce), el("dskpp:IterationCount", String(count)), octetEl("dskpp:Mac", mac, { MacAlgorithm: prf.uri })];
  return el("dskpp:AuthenticationData", [el("dskpp:ClientID", clientID), el("dskpp:AuthenticationCodeMac", parts)]);
}
