import { readAnswer, readMAC, type MAC } from "./answer";
import { readExtensions, type Extensions } from "./extensions";
import { malformed, readable } from "./fault";
import { readKeyInfo, type KeyInfo } from "./keyinfo";
import { ns } from "./names";
import type { Octets } from "./octets";
import { Fields, octetContent, uriContent } from "./xml";

// ServerHello is the server's choice, its nonce and its key (RFC 6063, section 4.2.3).
export interface ServerHello {
  sessionID: string;
  keyType: string;
  cipher: string;
  prf: string;
  key: KeyInfo;
  packageFormat: string;
  rs: Octets;
  extensions: Extensions;
  mac?: MAC;
}

// readServerHello throws a Fault.
export function readServerHello(octets: Octets): Promise<ServerHello> {
  return readable("the ServerHello", async () => {
    const { root, sessionID } = readAnswer(octets, "KeyProvServerHello", "Continue");
    if (!sessionID) throw malformed("the ServerHello has no SessionID");
    const f = new Fields(root, ns.dskpp);
    const keyType = uriContent(f.required("KeyType"));
    const cipher = uriContent(f.required("EncryptionAlgorithm"));
    const prf = uriContent(f.required("MacAlgorithm"));
    const key = await readKeyInfo(f.required("EncryptionKey"));
    const packageFormat = uriContent(f.required("KeyPackageFormat"));
    const rs = readNonce(f.required("Payload"));
    const extensions = readExtensions(f.optional("Extensions"));
    const mac = f.optional("Mac");
    f.end();
    const out = { sessionID, keyType, cipher, prf, key, packageFormat, rs, extensions };
    return mac ? { ...out, mac: readMAC(mac) } : out;
  });
}

function readNonce(payload: Element): Octets {
  const f = new Fields(payload, ns.dskpp);
  const nonce = octetContent(f.required("Nonce"));
  f.end();
  if (nonce.length < 16 || nonce.length > 512) throw malformed("the server's nonce has a wrong length");
  return nonce;
}
