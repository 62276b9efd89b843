import { digest } from "../../token/mac";
import { base64, fromBase64, utf8, type Octets } from "../../token/octets";

// Signer is the device's key and what the server knows it by.
export interface Signer {
  keyID: string;
  privateKey: CryptoKey;
}

export const base64url = (octets: Octets): string => base64(octets).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

// fromBase64url throws for what is padded or has other characters.
export function fromBase64url(text: string): Octets {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new RangeError("this is no base64url");
  return fromBase64(text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "="));
}

const part = (value: unknown): string => base64url(utf8(JSON.stringify(value)));

// proofOf signs one request: method, address without query, time and body. It says which
// device asks; it stands for no PIN.
export async function proofOf(s: Signer, method: string, url: string, body: string, unix: number): Promise<string> {
  const claims = {
    htm: method,
    htu: url.replace(/[?#].*$/, ""),
    iat: Math.floor(unix),
    jti: base64url(crypto.getRandomValues(new Uint8Array(16))),
    bh: base64url(await digest("SHA256", utf8(body))),
  };
  const signed = `${part({ typ: "token-proof+jwt", alg: "ES256", kid: s.keyID })}.${part(claims)}`;
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, s.privateKey, utf8(signed));
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

// newDeviceKey makes a key whose private half the browser does not give out.
export async function newDeviceKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
}

// publicKey is the public half as the server takes it.
export async function publicKey(pair: CryptoKeyPair): Promise<Record<string, string>> {
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { kty: kty ?? "", crv: crv ?? "", x: x ?? "", y: y ?? "" };
}
