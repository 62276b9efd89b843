import { Fault } from "./fault";
import { ns } from "./names";
import type { Octets } from "./octets";
import { el, octetEl, type Part } from "./write";
import { Fields, octetContent } from "./xml";

// Extensions are the two of RFC 6063, section 6; others are ignored.
export interface Extensions {
  clientInfo?: Octets;
  serverInfo?: Octets;
}

// readExtensions refuses an unknown extension that is critical (section 6).
export function readExtensions(e: Element | undefined): Extensions {
  const out: Extensions = {};
  if (!e) return out;
  const fields = new Fields(e, ns.dskpp);
  for (const x of [fields.required("Extension"), ...fields.many("Extension")]) readExtension(x, out);
  fields.end();
  return out;
}

function readExtension(x: Element, out: Extensions): void {
  const critical = /^(true|1)$/.test((x.getAttribute("Critical") ?? "").trim());
  const name = typeOf(x);
  if (name === "ClientInfoType" || name === "ServerInfoType") {
    if (critical) throw unknown(name);
    out[name === "ClientInfoType" ? "clientInfo" : "serverInfo"] = data(x);
    return;
  }
  if (critical) throw unknown(name);
}

const unknown = (name: string): Fault => new Fault("unacceptable", `the critical extension ${name} is not known`, "UnknownCriticalExtension");

// typeOf is the local name of xsi:type if that is of this protocol. The type is abstract, so
// that an extension without it is unknown.
function typeOf(x: Element): string {
  const [first = "", second] = (x.getAttributeNS(ns.xsi, "type") ?? "").trim().split(":");
  const space = x.lookupNamespaceURI(second === undefined ? null : first);
  return space === ns.dskpp ? (second ?? first) : "";
}

function data(x: Element): Octets {
  const fields = new Fields(x, ns.dskpp);
  const value = octetContent(fields.required("Data"));
  fields.end();
  return value;
}

// writeExtensions is undefined when there are none.
export function writeExtensions(x: Extensions): Part | undefined {
  const one = (type: string, value: Octets | undefined): Part | undefined =>
    value && el("dskpp:Extension", [octetEl("dskpp:Data", value)], { "xsi:type": "dskpp:" + type });
  const parts = [one("ClientInfoType", x.clientInfo), one("ServerInfoType", x.serverInfo)];
  return parts.some((p) => p) ? el("dskpp:Extensions", parts) : undefined;
}
