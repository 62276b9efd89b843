// Namespaces and identifiers of RFC 6063, RFC 6030 and what they build on.
export const ns = {
  dskpp: "urn:ietf:params:xml:ns:keyprov:dskpp",
  pskc: "urn:ietf:params:xml:ns:keyprov:pskc",
  ds: "http://www.w3.org/2000/09/xmldsig#",
  xenc: "http://www.w3.org/2001/04/xmlenc#",
  xenc11: "http://www.w3.org/2009/xmlenc11#",
  xsi: "http://www.w3.org/2001/XMLSchema-instance",
  pkcs5: ["http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#", "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5#"],
} as const;

export const media = "application/dskpp+xml";

// Key package format, key types (RFC 6030, section 10, and the expired draft of profiles).
export const pskcPackage = ns.dskpp + ":pskc-key-container";
export const keyTypes = { hotp: ns.pskc + ":hotp", totp: ns.pskc + ":totp", ocra: ns.pskc + ":ocra" } as const;

export const ciphers = {
  oaep: ns.xenc + "rsa-oaep-mgf1p",
  wrap: ns.xenc + "kw-aes128",
  cbc: ns.xenc + "aes128-cbc",
} as const;

// Key protection methods of two-pass runs (RFC 6063, section 5.1).
const methods = "urn:ietf:params:xml:schema:keyprov:dskpp:";
export const protections = { transport: methods + "transport", wrap: methods + "wrap", passphrase: methods + "passphrase-wrap" } as const;
