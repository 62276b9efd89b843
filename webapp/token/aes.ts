import { concat, xor, type Octets } from "./octets";

export const block = 16;
const zero: Octets = new Uint8Array(block);

// Blocks computes AES on single blocks and chains of them. WebCrypto has padded CBC only,
// and that is enough: a chain's blocks stand before the padding, and a block decrypts once
// the encrypted padding that must follow it has been made.
export class Blocks {
  private constructor(private readonly key: CryptoKey) {}

  // of takes a key of 16, 24 or 32 octets.
  static async of(key: Octets): Promise<Blocks> {
    return new Blocks(await crypto.subtle.importKey("raw", key, "AES-CBC", false, ["encrypt", "decrypt"]));
  }

  // chain is CBC without padding over whole blocks.
  async chain(iv: Octets, data: Octets): Promise<Octets> {
    if (data.length % block !== 0) throw new RangeError("AES takes whole blocks");
    const out = await crypto.subtle.encrypt({ name: "AES-CBC", iv }, this.key, data);
    return new Uint8Array(out).slice(0, data.length);
  }

  encrypt(data: Octets): Promise<Octets> {
    return this.chain(zero, data);
  }

  // decrypt is the inverse of encrypt for one block c. Under the initial vector c, nothing
  // encrypts to the block that makes c ‖ block a message whose padding is right.
  async decrypt(c: Octets): Promise<Octets> {
    const padding = await crypto.subtle.encrypt({ name: "AES-CBC", iv: c }, this.key, new Uint8Array(0));
    const out = await crypto.subtle.decrypt({ name: "AES-CBC", iv: zero }, this.key, concat(c, new Uint8Array(padding)));
    return new Uint8Array(out);
  }

  // open is CBC with an initial vector in front and PKCS #7 padding (profile IP-19). It
  // rejects for every defect alike; the caller has verified a MAC before.
  async open(sealed: Octets): Promise<Octets> {
    if (sealed.length < 2 * block || sealed.length % block !== 0) throw new RangeError("the value cannot be decrypted");
    const algorithm = { name: "AES-CBC", iv: sealed.slice(0, block) };
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, this.key, sealed.slice(block)));
  }
}

// cmac is AES-CMAC (RFC 4493; NIST SP 800-38B), 16 octets.
export async function cmac(key: Octets, message: Octets): Promise<Octets> {
  const aes = await Blocks.of(key);
  const k1 = double(await aes.encrypt(zero));
  const whole = message.length > 0 && message.length % block === 0;
  const head = whole ? message.length - block : message.length - (message.length % block);
  const rest = message.slice(head);
  const padded = whole ? rest : concat(rest, Uint8Array.of(0x80), new Uint8Array(block - rest.length - 1));
  const last = xor(padded, whole ? k1 : double(k1));
  return (await aes.chain(zero, concat(message.slice(0, head), last))).slice(-block);
}

// double multiplies by x in GF(2^128).
function double(a: Octets): Octets {
  const out = a.map((b, i) => (b << 1) | ((a[i + 1] ?? 0) >> 7));
  // Without a branch on the secret bit that falls out.
  out[block - 1] = (out[block - 1] as number) ^ (0x87 & -((a[0] as number) >> 7));
  return out;
}
