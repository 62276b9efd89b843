import { ns } from "./names";
import { base64, utf8, type Octets } from "./octets";

// Part is an element of a message that this client writes: its content is made of parts,
// or is a text.
export type Part = string;

// el writes an element without any white space: some servers compare texts in place of
// reading XML. Attributes come in the order given; undefined parts are left out.
export function el(name: string, parts: (Part | undefined)[] | string, attributes: Record<string, string | undefined> = {}): Part {
  const attrs = Object.entries(attributes)
    .filter(([, v]) => v !== undefined)
    .map(([k, v]) => ` ${k}="${escape(v as string)}"`)
    .join("");
  const inner = typeof parts === "string" ? escape(parts) : parts.filter((p) => p !== undefined).join("");
  return inner === "" ? `<${name}${attrs}/>` : `<${name}${attrs}>${inner}</${name}>`;
}

export const octetEl = (name: string, value: Octets, attributes: Record<string, string | undefined> = {}): Part => el(name, base64(value), attributes);

// message writes a whole document, in UTF-8.
export function message(name: string, parts: (Part | undefined)[], attributes: Record<string, string | undefined>): Octets {
  const spaces = { "xmlns:dskpp": ns.dskpp, "xmlns:pskc": ns.pskc, "xmlns:ds": ns.ds, "xmlns:xsi": ns.xsi };
  return utf8(`<?xml version="1.0" encoding="UTF-8"?>` + el(name, parts, { ...spaces, Version: "1.0", ...attributes }));
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;" };

// escape throws for what no XML 1.0 document can hold.
function escape(text: string): string {
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text)) {
    throw new RangeError("a text has a character that XML cannot hold");
  }
  return text.replace(/[&<>"\t\n\r]/g, (c) => entities[c] as string);
}
