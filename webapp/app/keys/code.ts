import { CodeError, parseCode, type Code } from "../../token/code";

// typedCode reads an activation code as people type it: in any case, in groups or not, O for
// 0 and I or L for 1. Check digits are demanded, so that every typing error is found here.
// It throws a CodeError.
export function readTyped(typed: string): Code {
  const read = typed.replace(/[oO]/g, "0").replace(/[iIlL]/g, "1").replace(/[\u2010-\u2015\u00a0.,:]/g, "-");
  const code = parseCode(read);
  if (!checked(read)) throw new CodeError("checksum", 0);
  return code;
}

// checked reports whether a code that parses has a checksum field.
function checked(typed: string): boolean {
  const digits = typed.replace(/[\s-]/g, "");
  for (let at = 0; at < digits.length; at += 3 + parseInt(digits.slice(at + 1, at + 3), 16)) if (digits.charAt(at) === "3") return true;
  return false;
}

// NotOurs says that a link belongs to another application.
export class NotOurs extends Error {}

// readLink finds the activation code in what was scanned or opened: an address of this
// app (#c=…), one of the bank's own scheme (?c=…), or the code alone. It throws NotOurs or a CodeError.
export function readLink(scanned: string, base: URL): Code {
  const text = scanned.trim();
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) return readTyped(text);
  const url = new URL(text);
  const web = url.protocol === "http:" || url.protocol === "https:";
  if (web && (url.origin !== base.origin || url.pathname !== base.pathname)) throw new NotOurs("another application's link");
  const code = fragment(url.hash, "c") ?? url.searchParams.get("c") ?? url.searchParams.get("code");
  if (code === null) throw new NotOurs("no activation link");
  return readTyped(code);
}

// fragment is a value in the part of an address that is not sent to the server.
export const fragment = (hash: string, name: string): string | null => new URLSearchParams(hash.replace(/^#/, "")).get(name);
