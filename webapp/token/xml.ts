import { malformed } from "./fault";
import { fromBase64, type Octets } from "./octets";

// most bounds a document in octets: the largest message of the protocol has a few thousand.
const most = 256 * 1024;

// parse reads a document in UTF-8 and returns its root. Document types, and with them
// entities, and processing instructions are refused before the browser's parser sees the
// text. It throws a Fault.
export function parse(octets: Uint8Array): Element {
  if (octets.length > most) throw malformed("the answer is too long");
  let source: string;
  try {
    source = new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch {
    throw malformed("the answer is not UTF-8");
  }
  const declaration = /^<\?xml\s[^>]*?\?>/.exec(source)?.[0] ?? "";
  const encoding = /encoding\s*=\s*["']([^"']*)["']/.exec(declaration)?.[1] ?? "UTF-8";
  if (encoding.toUpperCase() !== "UTF-8") throw malformed("the answer says that it is not UTF-8");
  const rest = source.slice(declaration.length);
  if (rest.includes("<!DOCTYPE") || rest.includes("<?")) throw malformed("the answer has a document type or an instruction");
  const parsed = new DOMParser().parseFromString(rest, "application/xml");
  if (parsed.getElementsByTagNameNS("*", "parsererror").length > 0) throw malformed("the answer is no XML");
  return parsed.documentElement;
}

// Fields walks the children of an element in the order of its schema (xs:sequence).
export class Fields {
  private readonly children: Element[];
  private at = 0;

  constructor(
    readonly parent: Element,
    private readonly space: string,
  ) {
    for (const node of Array.from(parent.childNodes)) {
      const ignored = node.nodeType === Node.COMMENT_NODE || (node.nodeType === Node.TEXT_NODE && /^[ \t\r\n]*$/.test(node.nodeValue ?? ""));
      if (!ignored && node.nodeType !== Node.ELEMENT_NODE) throw malformed(`${parent.localName} has text between its elements`);
    }
    this.children = Array.from(parent.children);
  }

  // optional takes the next child if it has this name.
  optional(name: string, space = this.space): Element | undefined {
    const next = this.children[this.at];
    if (!next || next.localName !== name || (next.namespaceURI ?? "") !== space) return undefined;
    this.at++;
    return next;
  }

  required(name: string, space = this.space): Element {
    const found = this.optional(name, space);
    if (!found) throw malformed(`${this.parent.localName} has no ${name} where it belongs`);
    return found;
  }

  many(name: string, space = this.space): Element[] {
    const out: Element[] = [];
    for (let next = this.optional(name, space); next; next = this.optional(name, space)) out.push(next);
    return out;
  }

  // others takes what follows and is of no given namespace (xs:any, ##other).
  others(...spaces: string[]): Element[] {
    const from = this.at;
    while (this.at < this.children.length && !spaces.includes(this.children[this.at]?.namespaceURI ?? "")) this.at++;
    return this.children.slice(from, this.at);
  }

  // end refuses children that are left.
  end(): void {
    const left = this.children[this.at];
    if (left) throw malformed(`${this.parent.localName} has ${left.localName} where it does not belong`);
  }
}

// content is the text of an element without children, as it stands (RFC 6063, section 8.1).
// Comments are refused there, for they could split a text in two readings.
export function content(e: Element): string {
  const texts = Array.from(e.childNodes).every((n) => n.nodeType === Node.TEXT_NODE || n.nodeType === Node.CDATA_SECTION_NODE);
  if (!texts) throw malformed(`${e.localName} has more than text`);
  return e.textContent ?? "";
}

// uri drops white space, which anyURI does not keep (profile IP-13).
export const uri = (text: string): string => text.replace(/[ \t\r\n]/g, "");

export const uriContent = (e: Element): string => uri(content(e));

export function octetContent(e: Element): Octets {
  try {
    return fromBase64(content(e));
  } catch {
    throw malformed(`${e.localName} is no base64`);
  }
}

// attributes checks that an element has no attributes but those named, namespace
// declarations and those of XML Schema.
export function attributes(e: Element, ...names: string[]): void {
  for (const a of Array.from(e.attributes)) {
    const free = a.namespaceURI === "http://www.w3.org/2000/xmlns/" || a.namespaceURI === "http://www.w3.org/2001/XMLSchema-instance";
    if (!free && (a.namespaceURI !== null || !names.includes(a.localName))) throw malformed(`${e.localName} has an attribute ${a.localName}`);
  }
}

export function uriAttribute(e: Element, name: string): string {
  return uri(e.getAttribute(name) ?? "");
}
