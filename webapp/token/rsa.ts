import { base64, concat, fromBase64, type Octets } from "./octets";

// RSA-OAEP with SHA-1 and MGF1 with SHA-1 is what rsa-oaep-mgf1p means without a
// DigestMethod (XML Encryption, section 5.4.2), and what EncryptedNonce has no place to
// vary. SHA-1 is sound there: OAEP needs no resistance against collisions.
export const oaep = { name: "RSA-OAEP", hash: "SHA-1" };

const smallest = 2048;

// encrypt encrypts for a public key in DER (SubjectPublicKeyInfo). It throws for a key
// that is no RSA key, or has fewer than 2048 bits.
export async function encrypt(spki: Octets, data: Octets): Promise<Octets> {
  const key = await crypto.subtle.importKey("spki", spki, oaep, false, ["encrypt"]);
  if ((key.algorithm as RsaKeyAlgorithm).modulusLength < smallest) throw new RangeError(`the server's RSA key has fewer than ${smallest} bits`);
  return new Uint8Array(await crypto.subtle.encrypt(oaep, key, data));
}

export async function decrypt(key: CryptoKey, data: Octets, label?: Octets): Promise<Octets> {
  return new Uint8Array(await crypto.subtle.decrypt(label ? { ...oaep, label } : oaep, key, data));
}

// generate makes the key pair of a two-pass run with key transport. The private key cannot
// be exported.
export function generate(): Promise<CryptoKeyPair> {
  const params = { ...oaep, modulusLength: smallest, publicExponent: Uint8Array.of(1, 0, 1) };
  return crypto.subtle.generateKey(params, false, ["encrypt", "decrypt"]);
}

// spkiOf is the public key in DER, which stands for K in all computations (profile IP-01).
export async function spkiOf(key: CryptoKey): Promise<Octets> {
  return new Uint8Array(await crypto.subtle.exportKey("spki", key));
}

// Numbers are those of ds:RSAKeyValue: unsigned, the most significant octet first.
export interface Numbers {
  modulus: Octets;
  exponent: Octets;
}

export async function numbersOf(key: CryptoKey): Promise<Numbers> {
  const jwk = await crypto.subtle.exportKey("jwk", key);
  return { modulus: fromURL(jwk.n ?? ""), exponent: fromURL(jwk.e ?? "") };
}

// spkiOfNumbers makes the DER of a ds:RSAKeyValue.
export async function spkiOfNumbers(n: Numbers): Promise<Octets> {
  const jwk = { kty: "RSA", n: toURL(n.modulus), e: toURL(n.exponent) };
  return spkiOf(await crypto.subtle.importKey("jwk", jwk, oaep, true, ["encrypt"]));
}

function fromURL(text: string): Octets {
  const plain = text.replace(/-/g, "+").replace(/_/g, "/");
  return fromBase64(plain + "=".repeat((4 - (plain.length % 4)) % 4));
}

// toURL drops leading zeros, which a key of JSON must not have.
function toURL(number: Octets): string {
  const first = number.findIndex((b) => b !== 0);
  const shortest = concat(number.slice(first < 0 ? number.length : first));
  return base64(shortest).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
