import { Blocks } from "./aes";
import { malformed, unacceptable, unverified } from "./fault";
import { hmac, type Hash } from "./mac";
import { ciphers, ns } from "./names";
import { same, wipe, type Octets } from "./octets";
import { decrypt } from "./rsa";
import { unwrap } from "./keywrap";
import { attributes, Fields, octetContent, uri, uriAttribute } from "./xml";

// Sealed is an xenc:EncryptedDataType, as PSKC uses it.
export interface Sealed {
  algorithm: string;
  cipher: Octets;
  label?: Octets; // xenc:OAEPparams
}

// MACMethod is that of a container (RFC 6030, section 6.1.1).
export interface MACMethod {
  hash: Hash;
  key: Sealed;
}

// Opener holds what decrypts a container: a private key, or a key-encrypting key.
export type Opener = { privateKey: CryptoKey } | { kek: Octets };

export function readSealed(e: Element): Sealed {
  const fields = new Fields(e, ns.xenc);
  const method = fields.required("EncryptionMethod");
  fields.optional("KeyInfo", ns.ds);
  const data = new Fields(fields.required("CipherData"), ns.xenc);
  const out: Sealed = { algorithm: uriAttribute(method, "Algorithm"), cipher: octetContent(data.required("CipherValue")) };
  data.end();
  fields.optional("EncryptionProperties");
  fields.end();
  const label = readMethod(method);
  return label ? { ...out, label } : out;
}

// readMethod reads the parameters of RSA-OAEP; another hash than SHA-1 is refused, for
// XML Encryption then mixes two, which WebCrypto cannot.
function readMethod(method: Element): Octets | undefined {
  attributes(method, "Algorithm");
  const fields = new Fields(method, ns.xenc);
  fields.optional("KeySize");
  const label = fields.optional("OAEPparams");
  const hash = fields.optional("DigestMethod", ns.ds);
  if (hash && uriAttribute(hash, "Algorithm") !== ns.ds + "sha1") throw unacceptable("the key package uses RSA-OAEP with another hash than SHA-1");
  fields.end();
  return label && octetContent(label);
}

const macs: Record<string, Hash> = {
  [ns.ds + "hmac-sha1"]: "SHA1",
  "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256": "SHA256",
  "http://www.w3.org/2001/04/xmldsig-more#hmac-sha384": "SHA384",
  "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512": "SHA512",
};

export function readMACMethod(e: Element): MACMethod {
  attributes(e, "Algorithm");
  const hash = macs[uri(e.getAttribute("Algorithm") ?? "")];
  if (!hash) throw unacceptable("the MAC method of the key package is not known");
  const fields = new Fields(e, ns.pskc);
  const key = readSealed(fields.required("MACKey"));
  fields.others(ns.pskc);
  fields.end();
  return { hash, key };
}

// openValue verifies the MAC of a value, and only then decrypts it. Without a MAC a cipher
// must protect integrity by itself, so that AES-CBC never goes without. All failures to
// decrypt are one.
export async function openValue(value: Sealed, mac: Octets | undefined, method: MACMethod | undefined, opener: Opener): Promise<Octets> {
  if (mac && method) {
    const key = await unseal(method.key, opener);
    const good = key.length > 0 && same(await hmac(method.hash, key, value.cipher), mac);
    wipe(key);
    if (!good) throw unverified("the MAC of the key package is wrong");
  } else if (mac || value.algorithm === ciphers.cbc) {
    throw unverified("the value in the key package has no MAC that could be verified");
  }
  return unseal(value, opener);
}

async function unseal(value: Sealed, opener: Opener): Promise<Octets> {
  const open = cipherOf(value, opener);
  try {
    return await open();
  } catch {
    throw unverified("the key package cannot be decrypted");
  }
}

function cipherOf(value: Sealed, opener: Opener): () => Promise<Octets> {
  if ("privateKey" in opener) {
    if (value.algorithm === ciphers.oaep) return () => decrypt(opener.privateKey, value.cipher, value.label);
  } else {
    if (opener.kek.length !== 16) throw malformed("a key-encrypting key has 16 octets");
    if (value.algorithm === ciphers.wrap) return () => unwrap(opener.kek, value.cipher);
    if (value.algorithm === ciphers.cbc) return async () => (await Blocks.of(opener.kek)).open(value.cipher);
  }
  throw unacceptable("the cipher of the key package was not offered");
}
