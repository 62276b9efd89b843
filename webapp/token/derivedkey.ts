import { malformed, unacceptable } from "./fault";
import type { Hash } from "./mac";
import { ns } from "./names";
import type { Octets } from "./octets";
import { mostIterations, pbkdf2 } from "./pbkdf2";
import { content, Fields, octetContent, uriAttribute } from "./xml";

const algorithms = [ns.pkcs5[0] + "pbkdf2", ns.pkcs5[1] + "pbkdf2", ns.xenc11 + "pbkdf2"];
// The children of PBKDF2-params are in the namespace of PKCS #5 or in none (RFC 6030, figure
// 7). Writers whose default namespace is that of PSKC put them there.
const spaces = ["", ...ns.pkcs5, ns.xenc11, ns.pskc];

// fewest iterations that a package may ask for (profile, IP-26): a passphrase has at least
// 80 bits, but not every server keeps to that.
export const fewest = 100_000;

// wrappingKey derives the 16 octets that a xenc11:DerivedKey describes (RFC 6030, section
// 6.2). It throws a Fault for unknown functions and for counts out of bounds.
export async function wrappingKey(e: Element, passphrase: Octets, least = fewest): Promise<Octets> {
  const fields = new Fields(e, ns.xenc11);
  const method = fields.required("KeyDerivationMethod");
  if (!algorithms.includes(uriAttribute(method, "Algorithm"))) throw unacceptable("the key derivation of the key package is not known");
  const params = new Fields(method, "");
  const inner = new Inner(params);
  const p = new Inner(new Fields(inner.take("PBKDF2-params"), ""));
  params.end();
  const salt = octetContent(new Inner(new Fields(p.take("Salt"), "")).take("Specified"));
  const iterations = count(p.take("IterationCount"));
  const length = p.maybe("KeyLength");
  const prf = p.maybe("PRF");
  if (length && count(length) !== 16) throw unacceptable("the derived key has another length than 16 octets");
  if (iterations < least || iterations > mostIterations) throw unacceptable(`the key package asks for ${iterations} iterations`);
  return pbkdf2(passphrase, salt, iterations, 16, prf ? hashOf(uriAttribute(prf, "Algorithm")) : "SHA1");
}

// Inner takes fields of any of the namespaces that occur.
class Inner {
  constructor(private readonly fields: Fields) {}

  maybe(name: string): Element | undefined {
    for (const space of spaces) {
      const found = this.fields.optional(name, space);
      if (found) return found;
    }
    return undefined;
  }

  take(name: string): Element {
    const found = this.maybe(name);
    if (!found) throw malformed(`the key derivation has no ${name}`);
    return found;
  }
}

function count(e: Element): number {
  const text = content(e).trim();
  if (!/^\d{1,9}$/.test(text)) throw malformed(`${e.localName} is no count`);
  return +text;
}

// hashOf reads the function of PBKDF2, whose URI stands in several namespaces.
function hashOf(uri: string): Hash {
  const name = uri.slice(uri.lastIndexOf("#") + 1).toLowerCase().replace(/-/g, "").replace(/^hmac/, "");
  const hash = ({ "": "SHA1", sha1: "SHA1", sha256: "SHA256", sha384: "SHA384", sha512: "SHA512" } as Record<string, Hash>)[name];
  if (!hash) throw unacceptable("the function of PBKDF2 is not known");
  return hash;
}
