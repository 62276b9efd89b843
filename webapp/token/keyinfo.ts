import { certificateKey } from "./der";
import { malformed } from "./fault";
import { ns } from "./names";
import type { Octets } from "./octets";
import { spkiOfNumbers, type Numbers } from "./rsa";
import { el, octetEl, type Part } from "./write";
import { content, Fields, octetContent } from "./xml";

// KeyInfo is what a ds:KeyInfoType says here: a name, a public key, or a derived key.
export interface KeyInfo {
  name?: string;
  spki?: Octets; // DER SubjectPublicKeyInfo
  derived?: Element; // xenc11:DerivedKey
}

// readKeyInfo reads the children of an element of type ds:KeyInfoType. The choices may come
// in any order; each of ours once.
export async function readKeyInfo(e: Element): Promise<KeyInfo> {
  const out: KeyInfo = {};
  new Fields(e, ns.ds); // refuses text between the elements
  for (const child of Array.from(e.children)) {
    const name = child.namespaceURI === ns.ds ? child.localName : child.namespaceURI === ns.xenc11 ? "11:" + child.localName : "";
    if (name === "KeyName") once(out, "name", content(child));
    else if (name === "KeyValue") once(out, "spki", await spkiOfNumbers(readNumbers(child)));
    else if (name === "X509Data") once(out, "spki", certificateKey(octetContent(new Fields(child, ns.ds).required("X509Certificate"))));
    else if (name === "11:DerivedKey") once(out, "derived", child);
    else throw malformed(`a key is given by ${child.localName}, which is not known`);
  }
  return out;
}

function once<K extends keyof KeyInfo>(out: KeyInfo, field: K, value: NonNullable<KeyInfo[K]>): void {
  if (out[field] !== undefined) throw malformed("a key is given twice");
  out[field] = value;
}

function readNumbers(e: Element): Numbers {
  const value = new Fields(e, ns.ds);
  const rsa = new Fields(value.required("RSAKeyValue"), ns.ds);
  value.end();
  const numbers = { modulus: octetContent(rsa.required("Modulus")), exponent: octetContent(rsa.required("Exponent")) };
  rsa.end();
  return numbers;
}

export const keyName = (name: string): Part => el("ds:KeyInfo", [el("ds:KeyName", name)]);

export function keyValue(n: Numbers): Part {
  const rsa = el("ds:RSAKeyValue", [octetEl("ds:Modulus", n.modulus), octetEl("ds:Exponent", n.exponent)]);
  return el("ds:KeyInfo", [el("ds:KeyValue", [rsa])]);
}
