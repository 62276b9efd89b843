import { parseCode, type Code } from "./code";
import { readDevice, type Device } from "./device";
import { malformed } from "./fault";
import { ns } from "./names";
import { text, type Octets } from "./octets";
import { content, Fields, octetContent, parse, uriContent } from "./xml";

// Trigger is what a KeyProvTrigger says (RFC 6063, section 4.2.1). No nonce exists yet when
// it is made, so that it carries the activation code and the client computes the
// authentication data; those of other servers are not used (profile IP-05).
export interface Trigger {
  device?: Device;
  keyID?: string;
  url?: string;
  code?: Code;
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
  const code = readCode(f.required("AuthenticationData"));
  const url = f.optional("ServerUrl");
  f.others(ns.dskpp);
  f.end();
  const out: Trigger = {};
  if (device) out.device = readDevice(new Fields(device, ns.dskpp).required("DeviceId"));
  if (keyID) out.keyID = text(octetContent(keyID));
  if (code) out.code = code;
  if (url) out.url = uriContent(url);
  return out;
}

// ours is the namespace of the element that stands in place of a MAC.
const ours = "urn:countersign:dskpp";

function readCode(e: Element): Code | undefined {
  const f = new Fields(e, ns.dskpp);
  f.optional("ClientID");
  const code = f.optional("ActivationCode", ours);
  return code && parseCode(content(code));
}
