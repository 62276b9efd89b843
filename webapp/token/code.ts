import { crc16 } from "./crc";
import { hex, utf8 } from "./octets";
import { saslprep } from "./saslprep";

// Code is an activation code (RFC 6063, section 3.4.1.1).
export interface Code {
  clientID: string; // 1 to 128 characters, for a message carries no more
  password: string; // upper-case hexadecimal, as the computations take it (profile IP-02)
}

// CodeFault is what is wrong with a typed code.
export type CodeFault = "character" | "length" | "type" | "twice" | "missing" | "checksum";

// CodeError says what is wrong and near which typed character, from 1; 0 when it is the
// code as a whole. It never quotes the code.
export class CodeError extends Error {
  constructor(
    readonly fault: CodeFault,
    readonly at: number,
  ) {
    super(`the activation code is wrong (${fault}${at ? ` at character ${at}` : ""})`);
  }
}

const clientID = 1;
const password = 2;
const checksum = 3;
const vendor = 8; // and above: the high bit is set

// parseCode reads what was typed or scanned, before anything is sent. Blanks and hyphens
// may group it, and hexadecimal may be of either case. A checksum is verified if there is
// one. It throws a CodeError.
export function parseCode(typed: string): Code {
  const { digits, places } = squeeze(typed);
  const values = new Map<number, string>();
  let checked = "";
  for (let at = 0; at < digits.length; ) {
    const fail = (fault: CodeFault): CodeError => new CodeError(fault, places[at] ?? 0);
    const type = parseInt(digits.charAt(at), 16);
    const end = at + 3 + parseInt(digits.slice(at + 1, at + 3), 16);
    if (!(end <= digits.length)) throw fail("length");
    if (type < clientID || (type > checksum && type < vendor)) throw fail("type");
    if (values.has(type)) throw fail("twice");
    values.set(type, digits.slice(at + 3, end));
    if (type !== checksum) checked += digits.slice(at, end);
    at = end;
  }
  verify(values.get(checksum), checked);
  return complete(values.get(clientID), values.get(password));
}

// squeeze drops grouping and keeps where each character stood.
function squeeze(typed: string): { digits: string; places: number[] } {
  const places: number[] = [];
  let digits = "";
  [...typed].forEach((c, i) => {
    if (/[\s-]/.test(c)) return;
    if (!/[0-9A-Fa-f]/.test(c)) throw new CodeError("character", i + 1);
    digits += c.toUpperCase();
    places.push(i + 1);
  });
  return { digits, places };
}

function verify(given: string | undefined, checked: string): void {
  if (given !== undefined && given !== crc16(checked)) throw new CodeError("checksum", 0);
}

function complete(id: string | undefined, secret: string | undefined): Code {
  if (!id || !secret) throw new CodeError("missing", 0);
  if (id.length > 128) throw new CodeError("length", 0);
  return { clientID: id, password: secret };
}

// typedCode makes a code of texts that were typed into separate fields and are not
// hexadecimal: SASLprep, UTF-8, hexadecimal. It throws as saslprep and parseCode do.
export function typedCode(client: string, secret: string): Code {
  return complete(hexText(client), hexText(secret));
}

// formatCode is the string of TLVs, with a checksum if asked for.
export function formatCode(code: Code, withChecksum: boolean): string {
  const plain = tlv(clientID, code.clientID) + tlv(password, code.password);
  return withChecksum ? plain + tlv(checksum, crc16(plain)) : plain;
}

function hexText(typed: string): string {
  const digits = hex(utf8(saslprep(typed))).toUpperCase();
  if (digits.length > 255) throw new CodeError("length", 0);
  return digits;
}

const tlv = (type: number, value: string): string => type.toString(16).toUpperCase() + value.length.toString(16).toUpperCase().padStart(2, "0") + value;
