import { passphraseKey } from "./auth";
import type { Code } from "./code";
import { wrappingKey } from "./derivedkey";
import { malformed, unacceptable } from "./fault";
import { keyName, keyValue, type KeyInfo } from "./keyinfo";
import { ciphers, protections } from "./names";
import { same, utf8, type Octets } from "./octets";
import { numbersOf, spkiOf } from "./rsa";
import { saslprep } from "./saslprep";
import type { Opener } from "./sealed";
import type { Part } from "./write";

// Protection is how a two-pass run protects K_PROV: one method per run, for K in the
// Authentication Data is that method's key.
export type Protection =
  | { kind: "transport"; keys: CryptoKeyPair } // RSA-OAEP with SHA-1; see generate
  | { kind: "wrap"; name: string; key: Octets } // shared before, 16 octets
  | { kind: "passphrase"; passphrase: string }; // never the password of the code

export const methodOf = (p: Protection): string => protections[p.kind];

export const ciphersOf = (p: Protection): string[] => (p.kind === "transport" ? [ciphers.oaep] : [ciphers.wrap, ciphers.cbc]);

// payloadOf is the ds:KeyInfo of the method. The name of a passphrase is the Client ID
// alone: the authentication code never travels (profile IP-18).
export async function payloadOf(p: Protection, code: Code): Promise<Part> {
  switch (p.kind) {
    case "transport":
      return keyValue(await numbersOf(p.keys.publicKey));
    case "wrap":
      return keyName(p.name);
    case "passphrase":
      return keyName(code.clientID);
  }
}

// keyOf is K of the Authentication Data.
export async function keyOf(p: Protection, code: Code, url: string): Promise<Octets> {
  switch (p.kind) {
    case "transport":
      return spkiOf(p.keys.publicKey);
    case "wrap":
      if (p.key.length !== 16) throw unacceptable("a wrapping key has 16 octets");
      return p.key;
    case "passphrase":
      return passphraseKey(p.passphrase, code.clientID, url);
  }
}

// openerOf checks that the package is under the key that was offered, and returns what
// opens it.
export async function openerOf(p: Protection, info: KeyInfo | undefined): Promise<Opener> {
  if (p.kind === "passphrase") {
    if (!info?.derived) throw malformed("the key package has no derived key");
    return { kek: await wrappingKey(info.derived, utf8(saslprep(p.passphrase))) };
  }
  if (p.kind === "wrap") {
    if (info?.name !== p.name) throw unacceptable("the key package is under another key than was offered");
    return { kek: p.key };
  }
  const other = info?.spki && !same(info.spki, await spkiOf(p.keys.publicKey));
  if (other) throw unacceptable("the key package is for another public key than was offered");
  return { privateKey: p.keys.privateKey };
}
