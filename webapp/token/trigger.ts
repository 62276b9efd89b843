import { readDevice, type Device } from "./device";
import { malformed } from "./fault";
import { ns } from "./names";
import { text, type Octets } from "./octets";
import { Fields, octetContent, parse, uriContent } from "./xml";

// Trigger is what a KeyProvTrigger says (RFC 6063, section 4.2.1). Its authentication data
// are not kept: no nonce exists yet when they are made, so the client computes its own
// (profile IP-05).
export interface Trigger {
  device?: Device;
  keyID?: string;
  url?: string;
}

// readTrigger throws a Fault.
export function readTrigger(octets: Octets): Trigger {
  const root = parse(octets);
  if (root.namespaceURI !== ns.dskpp || root.localName !== "KeyProvTrigger") throw malformed("this is no trigger");
  const outer = new Fields(root, ns.dskpp);
  const f = new Fields(outer.required("InitializationTrigger"), ns.dskpp);
  outer.end();
  const device = f.optional("DeviceIdentifierData");
  const keyID = f.optional("KeyID");
  f.optional("TokenPlatformInfo");
  f.required("AuthenticationData");
  const url = f.optional("ServerUrl");
  f.others(ns.dskpp);
  f.end();
  const out: Trigger = {};
  if (device) out.device = readDevice(new Fields(device, ns.dskpp).required("DeviceId"));
  if (keyID) out.keyID = text(octetContent(keyID));
  if (url) out.url = uriContent(url);
  return out;
}
