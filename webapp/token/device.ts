import { ns } from "./names";
import { el, type Part } from "./write";
import { content, Fields } from "./xml";

// names of pskc:DeviceInfoType, in the order of the schema (RFC 6030, section 4.3.1).
const names = ["Manufacturer", "SerialNo", "Model", "IssueNo", "DeviceBinding", "StartDate", "ExpiryDate", "UserId"] as const;

// Device is a pskc:DeviceInfo, its texts as they stand.
export type Device = { [name in (typeof names)[number]]?: string };

export function readDevice(e: Element): Device {
  const fields = new Fields(e, ns.pskc);
  const out: Device = {};
  for (const name of names) {
    const value = fields.optional(name);
    if (value) out[name] = content(value);
  }
  fields.many("Extensions");
  fields.end();
  return out;
}

// writeDevice is the DeviceIdentifierData of a message.
export function writeDevice(d: Device): Part {
  const parts = names.map((name) => (d[name] === undefined ? undefined : el("pskc:" + name, d[name] as string)));
  return el("dskpp:DeviceIdentifierData", [el("dskpp:DeviceId", parts)]);
}
