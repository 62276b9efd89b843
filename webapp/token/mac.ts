import type { Octets } from "./octets";

// Hash is a hash function of OATH algorithms and of key packages.
export type Hash = "SHA1" | "SHA256" | "SHA384" | "SHA512";

const names: Record<Hash, string> = { SHA1: "SHA-1", SHA256: "SHA-256", SHA384: "SHA-384", SHA512: "SHA-512" };
const sizes: Record<Hash, number> = { SHA1: 20, SHA256: 32, SHA384: 48, SHA512: 64 };

// subtleName is WebCrypto's name of a hash function.
export const subtleName = (hash: Hash): string => names[hash];

// hashSize is the length of its value in octets.
export const hashSize = (hash: Hash): number => sizes[hash];

// hmac is RFC 2104 over data. The key has at least one octet.
export async function hmac(hash: Hash, key: Octets, data: Octets): Promise<Octets> {
  const k = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: names[hash] }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", k, data));
}

export async function digest(hash: Hash, data: Octets): Promise<Octets> {
  return new Uint8Array(await crypto.subtle.digest(names[hash], data));
}
