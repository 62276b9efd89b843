import { writeDevice, type Device } from "./device";
import { writeExtensions } from "./extensions";
import { pskcPackage } from "./names";
import { utf8, type Octets } from "./octets";
import { el, message, octetEl, type Part } from "./write";

// Hello is what goes into a ClientHello (RFC 6063, section 8.2). Lists are in the order of
// preference.
export interface Hello {
  device?: Device | undefined;
  keyID?: string | undefined; // of the key to be replaced
  nonce?: Octets | undefined;
  keyTypes: string[];
  ciphers: string[];
  macs: string[];
  protection?: { method: string; payload: Part }; // two-pass; without it, four-pass
  authentication?: Part;
  clientInfo?: Octets | undefined;
}

export function writeHello(h: Hello): Octets {
  const list = (name: string, item: string, values: string[]): Part => el("dskpp:" + name, values.map((v) => el("dskpp:" + item, v)));
  const twoPass = h.protection && [el("dskpp:SupportedKeyProtectionMethod", h.protection.method), el("dskpp:Payload", [h.protection.payload])];
  return message(
    "dskpp:KeyProvClientHello",
    [
      h.device && writeDevice(h.device),
      h.keyID === undefined ? undefined : octetEl("dskpp:KeyID", utf8(h.keyID)),
      h.nonce && octetEl("dskpp:ClientNonce", h.nonce),
      list("SupportedKeyTypes", "Algorithm", h.keyTypes),
      list("SupportedEncryptionAlgorithms", "Algorithm", h.ciphers),
      list("SupportedMacAlgorithms", "Algorithm", h.macs),
      el("dskpp:SupportedProtocolVariants", [twoPass ? el("dskpp:TwoPass", twoPass) : el("dskpp:FourPass", "")]),
      list("SupportedKeyPackages", "KeyPackageFormat", [pskcPackage]),
      h.authentication,
      writeExtensions(h.clientInfo ? { clientInfo: h.clientInfo } : {}),
    ],
    {},
  );
}

// writeNonce is the ClientNonce. serverInfo goes back as it came (section 6.2).
export function writeNonce(sessionID: string, encrypted: Octets, authentication: Part, serverInfo: Octets | undefined): Octets {
  const extensions = writeExtensions(serverInfo ? { serverInfo } : {});
  return message("dskpp:KeyProvClientNonce", [octetEl("dskpp:EncryptedNonce", encrypted), authentication, extensions], { SessionID: sessionID });
}
