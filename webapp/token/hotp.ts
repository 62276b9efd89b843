import { hmac, type Hash } from "./mac";
import { uint64, type Octets } from "./octets";

// hotp is the value of RFC 4226 for a counter, 0 to 2^64−1, with 4 to 10 digits. Hash is
// SHA1 there; TOTP and OCRA take the same truncation over others.
export async function hotp(key: Octets, counter: bigint, digits: number, hash: Hash = "SHA1"): Promise<string> {
  return truncate(await hmac(hash, key, uint64(counter)), digits);
}

// truncate is the dynamic truncation of RFC 4226, section 5.3: 31 bits from where the last
// nibble points to, as decimal digits.
export function truncate(mac: Octets, digits: number): string {
  if (digits < 4 || digits > 10) throw new RangeError("a code has 4 to 10 digits");
  const at = (mac[mac.length - 1] as number) & 0x0f;
  const value = new DataView(mac.buffer, mac.byteOffset).getUint32(at) & 0x7fffffff;
  return (BigInt(value) % 10n ** BigInt(digits)).toString().padStart(digits, "0");
}

// totp is RFC 6238 for a time in seconds since 1970 and a step in seconds, at least 1.
export function totp(key: Octets, unix: number, step: number, digits: number, hash: Hash): Promise<string> {
  return hotp(key, timeStep(unix, step), digits, hash);
}

// timeStep is T of RFC 6238, section 4.2, with T0 = 0.
export function timeStep(unix: number, step: number): bigint {
  if (!(step >= 1) || !(unix >= 0)) throw new RangeError("a time step has at least a second, and time began in 1970");
  return BigInt(Math.floor(unix / step));
}
