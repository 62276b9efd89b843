import { cmac } from "./aes";
import { hmac } from "./mac";
import { concat, uint32, type Octets } from "./octets";

// PRF is one realization of DSKPP-PRF (RFC 6063, section 3.4.2 and appendix D).
export interface PRF {
  readonly uri: string;
  readonly size: number; // octets of its output block, and of the MAC keys made for it
  // f is F(k, s, i) with INT(i) ‖ s already joined.
  f(k: Octets, input: Octets): Promise<Octets>;
  // exact says that a key must have exactly size octets, not at least 16.
  readonly exact: boolean;
}

const prfs = "urn:ietf:params:xml:ns:keyprov:dskpp:prf-";

export const prfAES: PRF = { uri: prfs + "aes-128", size: 16, exact: true, f: cmac };
export const prfSHA256: PRF = { uri: prfs + "sha256", size: 32, exact: false, f: (k, input) => hmac("SHA256", k, input) };

// prfOf finds a realization by its URI.
export const prfOf = (uri: string): PRF | undefined => [prfSHA256, prfAES].find((p) => p.uri === uri);

// derive is DSKPP-PRF(k, s, length). It throws for a key that is too short (D-22), or for
// PRF-AES not of 16 octets (profile IP-16).
export async function derive(prf: PRF, k: Octets, s: Octets, length: number): Promise<Octets> {
  if (prf.exact ? k.length !== prf.size : k.length < 16) throw new RangeError(`a key of ${k.length} octets does not fit ${prf.uri}`);
  if (length < 1 || length > 1024) throw new RangeError("derived data too long");
  const blocks: Octets[] = [];
  for (let i = 1; (i - 1) * prf.size < length; i++) blocks.push(await prf.f(k, concat(uint32(i), s)));
  return concat(...blocks).slice(0, length);
}

// macKey is the part of a half of K_PROV that a PRF takes as MAC key: its first octets
// (section 5.2.2; profile IP-15). A shorter one is taken whole.
export const macKey = (prf: PRF, half: Octets): Octets => half.slice(0, prf.size);
