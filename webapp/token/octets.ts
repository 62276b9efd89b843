// Octets are the octet strings of all protocols here, on memory of their own, which is
// what WebCrypto takes.
export type Octets = Uint8Array<ArrayBuffer>;

export const none: Octets = new Uint8Array(0);

// concat is a ‖ b ‖ …; texts stand for their UTF-8.
export function concat(...parts: (Uint8Array | string)[]): Octets {
  const all = parts.map((p) => (typeof p === "string" ? utf8(p) : p));
  const out = new Uint8Array(all.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of all) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

export function utf8(text: string): Octets {
  return new Uint8Array(new TextEncoder().encode(text));
}

// text is the reverse; it throws for octets that are no UTF-8.
export function text(octets: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(octets);
}

export function hex(octets: Uint8Array): string {
  return Array.from(octets, (b) => b.toString(16).padStart(2, "0")).join("");
}

// fromHex reads an even number of hexadecimal digits of either case.
export function fromHex(digits: string): Octets {
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) throw new RangeError("this is no even number of hexadecimal digits");
  return Uint8Array.from(digits.match(/../g) ?? [], (d) => parseInt(d, 16));
}

export function base64(octets: Uint8Array): string {
  return btoa(Array.from(octets, (b) => String.fromCharCode(b)).join(""));
}

// fromBase64 reads xs:base64Binary: padded, with any white space, and nothing else.
export function fromBase64(value: string): Octets {
  const packed = value.replace(/[ \t\r\n]/g, "");
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) throw new RangeError("this is no base64");
  return Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
}

// uint32 is INT(i) of RFC 6063, appendix D: four octets, the most significant first.
export function uint32(value: number): Octets {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value);
  return out;
}

// uint64 is a moving factor of RFC 4226: eight octets, the most significant first. It
// throws for what eight octets cannot hold.
export function uint64(value: bigint): Octets {
  if (value < 0n || value >= 1n << 64n) throw new RangeError("a counter has 64 bits");
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, value);
  return out;
}

export function xor(a: Uint8Array, b: Uint8Array): Octets {
  if (a.length !== b.length) throw new RangeError("only octet strings of one length can be combined");
  return Uint8Array.from(a, (x, i) => x ^ (b[i] as number));
}

// same compares without telling by its time where two strings of one length differ.
export function same(a: Uint8Array, b: Uint8Array): boolean {
  let different = a.length ^ b.length;
  for (let i = 0; i < a.length && i < b.length; i++) different |= (a[i] as number) ^ (b[i] as number);
  return different === 0;
}

// wipe overwrites secrets that are no longer needed. A browser may have copied them
// meanwhile; it is an effort, not a promise.
export function wipe(...secrets: (Uint8Array | undefined)[]): void {
  for (const s of secrets) s?.fill(0);
}
