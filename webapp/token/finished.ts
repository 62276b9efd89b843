import { readAnswer, readMAC, type MAC } from "./answer";
import { readContainer, type Container } from "./container";
import { readExtensions, type Extensions } from "./extensions";
import { readable } from "./fault";
import { ns } from "./names";
import type { Octets } from "./octets";
import { content, Fields, octetContent, uriContent } from "./xml";

// Finished is the ServerFinished with its key package (RFC 6063, sections 4.2.5 and 5.2.3).
export interface Finished {
  sessionID?: string;
  serverID?: string;
  method?: string; // key protection method
  container: Container;
  extensions: Extensions;
  mac: MAC;
  renewal?: MAC; // of the AuthenticationData
}

// readFinished throws a Fault.
export function readFinished(octets: Octets): Promise<Finished> {
  return readable("the ServerFinished", async () => {
    const { root, sessionID } = readAnswer(octets, "KeyProvServerFinished", "Success");
    const f = new Fields(root, ns.dskpp);
    const inPackage = await readPackage(f.required("KeyPackage"));
    const extensions = readExtensions(f.optional("Extensions"));
    const mac = readMAC(f.required("Mac"));
    const renewal = f.optional("AuthenticationData");
    f.end();
    const out: Finished = { ...inPackage, extensions, mac };
    if (sessionID !== undefined) out.sessionID = sessionID;
    if (renewal) out.renewal = readRenewal(renewal);
    return out;
  });
}

async function readPackage(e: Element): Promise<{ container: Container; serverID?: string; method?: string }> {
  const f = new Fields(e, ns.dskpp);
  const serverID = f.optional("ServerID");
  const method = f.optional("KeyProtectionMethod");
  const container = await readContainer(f.required("KeyContainer"));
  f.end();
  return { container, ...(serverID && { serverID: uriContent(serverID) }), ...(method && { method: uriContent(method) }) };
}

// readRenewal reads a dskpp:AuthenticationMacType.
function readRenewal(e: Element): MAC {
  const f = new Fields(e, ns.dskpp);
  const nonce = f.optional("Nonce");
  if (nonce) octetContent(nonce);
  const count = f.optional("IterationCount");
  if (count) content(count);
  const mac = readMAC(f.required("Mac"));
  f.end();
  return mac;
}
