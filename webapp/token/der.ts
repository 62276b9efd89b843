import type { Octets } from "./octets";

// Item is one value of DER: its tag, its octets with the head, and where its content starts.
interface Item {
  tag: number;
  all: Octets;
  content: Octets;
}

// items splits a concatenation of DER values. It throws for lengths that do not fit or
// are not in their shortest form.
function items(der: Octets): Item[] {
  const out: Item[] = [];
  for (let at = 0; at < der.length; ) {
    const head = headOf(der, at);
    const end = at + head.size + head.length;
    if (end > der.length) throw new RangeError("the DER ends early");
    out.push({ tag: der[at] as number, all: der.slice(at, end), content: der.slice(at + head.size, end) });
    at = end;
  }
  return out;
}

function headOf(der: Octets, at: number): { size: number; length: number } {
  const first = der[at + 1] ?? 0xff;
  if (first < 0x80) return { size: 2, length: first };
  const count = first & 0x7f;
  if (count < 1 || count > 3 || at + 2 + count > der.length) throw new RangeError("the length in the DER is wrong");
  const length = der.slice(at + 2, at + 2 + count).reduce((n, b) => n * 256 + b, 0);
  if (length < 0x80 || length < 256 ** (count - 1)) throw new RangeError("the length in the DER is too long");
  return { size: 2 + count, length };
}

const sequence = 0x30;
const version = 0xa0;

// certificateKey is the SubjectPublicKeyInfo of an X.509 certificate (RFC 5280, section
// 4.1), in DER. Nothing else of the certificate is looked at: a browser cannot verify one.
export function certificateKey(certificate: Octets): Octets {
  const outer = items(certificate);
  const tbs = outer.length === 1 && outer[0]?.tag === sequence ? items(outer[0].content)[0] : undefined;
  if (tbs?.tag !== sequence) throw new RangeError("this is no certificate");
  const fields = items(tbs.content);
  // [version], serial number, signature, issuer, validity, subject, key.
  const key = fields[fields[0]?.tag === version ? 6 : 5];
  if (key?.tag !== sequence) throw new RangeError("the certificate has no key");
  return key.all;
}
