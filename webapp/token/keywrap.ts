import { Blocks } from "./aes";
import { concat, fromHex, same, uint32, xor, type Octets } from "./octets";

const plainICV = fromHex("a6a6a6a6a6a6a6a6"); // RFC 3394, section 2.2.3.1
const paddedICV = fromHex("a65959a6"); // RFC 5649, section 3

// unwrap opens AES key wrap. Without and with padding have one URI, so the check value
// decides (profile IP-12): first RFC 3394, then RFC 5649. It throws one error for all that
// is wrong.
export async function unwrap(kek: Octets, wrapped: Octets): Promise<Octets> {
  if (wrapped.length < 16 || wrapped.length % 8 !== 0) throw failed();
  const aes = await Blocks.of(kek);
  const opened = wrapped.length === 16 ? await aes.decrypt(wrapped) : await rounds(aes, wrapped);
  const check = opened.slice(0, 8);
  const value = opened.slice(8);
  if (wrapped.length > 16 && same(check, plainICV)) return value;
  return unpad(check, value);
}

// rounds is the inverse of W of RFC 3394, section 2.2.2, in its index form.
async function rounds(aes: Blocks, wrapped: Octets): Promise<Octets> {
  const n = wrapped.length / 8 - 1;
  const out = wrapped.slice();
  let a = wrapped.slice(0, 8);
  for (let t = 6 * n; t > 0; t--) {
    const at = 8 * (((t - 1) % n) + 1);
    const counter = concat(new Uint8Array(4), uint32(t));
    const b = await aes.decrypt(concat(xor(a, counter), out.slice(at, at + 8)));
    a = b.slice(0, 8);
    out.set(b.slice(8), at);
  }
  out.set(a);
  return out;
}

// unpad checks the alternative initial value of RFC 5649, section 3: constant, length, and
// the zeros behind the value.
function unpad(check: Octets, value: Octets): Octets {
  const length = new DataView(check.buffer, check.byteOffset).getUint32(4);
  const fits = length > value.length - 8 && length <= value.length;
  const zeros = fits && same(value.slice(length), new Uint8Array(value.length - length));
  if (!same(check.slice(0, 4), paddedICV) || !zeros) throw failed();
  return value.slice(0, length);
}

const failed = (): Error => new RangeError("the value cannot be decrypted");
