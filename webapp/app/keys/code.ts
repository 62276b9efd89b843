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

// Found is an activation code that was scanned or opened; half: the password's second half came
// another way, and is still to be typed.
export interface Found {
  code: Code;
  half: boolean;
}

// whole appends the second half of a password, which has no check digits of its own. It
// throws a CodeError.
export function whole(code: Code, half: string): Code {
  const digits = half.replace(/[\s-]/g, "").replace(/[oO]/g, "0").replace(/[iIlL]/g, "1").toUpperCase();
  const wrong = digits.search(/[^0-9A-F]/);
  if (wrong >= 0) throw new CodeError("character", wrong + 1);
  if (digits.length !== code.password.length) throw new CodeError("length", 0);
  return { ...code, password: code.password + digits };
}

// readLink finds the activation code in what was scanned or opened: an address of this
// app (#c=…), one of the bank's own scheme (?c=…), or the code alone. It throws NotOurs or a CodeError.
export function readLink(scanned: string, base: URL): Found {
  const text = scanned.trim();
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) return { code: readTyped(text), half: false };
  const url = new URL(text);
  const web = url.protocol === "http:" || url.protocol === "https:";
  if (web && (url.origin !== base.origin || url.pathname !== base.pathname)) throw new NotOurs("another application's link");
  const from = url.hash.includes("c=") ? new URLSearchParams(url.hash.slice(1)) : url.searchParams;
  const code = from.get("c");
  if (code === null) throw new NotOurs("no activation link");
  return { code: readTyped(code), half: from.get("part") === "1" };
}
