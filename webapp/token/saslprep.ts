// SASLprep (RFC 4013) of what a person types. The tables are those of RFC 3454, written as
// classes; normalization is that of the browser's Unicode, not of Unicode 3.2, which
// differs in no character that was assigned then, but for five corrected ideographs.

const spaces = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu; // C.1.2: become a space
const nothing = /[\u00ad\u034f\u1806\u180b-\u180d\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]/gu; // B.1: vanish

// What must not be in the result: C.1.2, C.2.1, C.2.2, C.3 to C.9.
const prohibited =
  /[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2063\u206a-\u206f\u06dd\u070f\u180e\u0340\u0341\u2ff0-\u2ffb\u3000\ufeff\ufff9-\ufffd\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/u;

// Characters that run from right to left (D.1), and letters that do not (D.2).
const rightToLeft =
  /[\u05be\u05c0\u05c3\u05d0-\u05ea\u05f0-\u05f4\u061b\u061f\u0621-\u063a\u0640-\u064a\u066d-\u066f\u0671-\u06d5\u06dd\u06e5\u06e6\u06fa-\u06fe\u0700-\u070d\u0710\u0712-\u072c\u0780-\u07a5\u07b1\u200f\ufb1d\ufb1f-\ufb28\ufb2a-\ufb36\ufb38-\ufb3c\ufb3e\ufb40\ufb41\ufb43\ufb44\ufb46-\ufbb1\ufbd3-\ufd3d\ufd50-\ufd8f\ufd92-\ufdc7\ufdf0-\ufdfc\ufe70-\ufe74\ufe76-\ufefc]/u;
const letter = /\p{L}/u;

// saslprep normalizes a text. It throws for one that must not be used (RFC 4013, section 2).
export function saslprep(typed: string): string {
  const mapped = typed.replace(nothing, (c) => (c === "\u200b" ? " " : "")).replace(spaces, " ");
  const out = mapped.normalize("NFKC");
  if (prohibited.test(out)) throw new RangeError("the text has a character that cannot be used");
  checkDirection([...out]);
  return out;
}

// checkDirection is RFC 3454, section 6.
function checkDirection(chars: string[]): void {
  if (!chars.some((c) => rightToLeft.test(c))) return;
  const mixed = chars.some((c) => letter.test(c) && !rightToLeft.test(c));
  const ends = [chars[0] ?? "", chars[chars.length - 1] ?? ""].every((c) => rightToLeft.test(c));
  if (mixed || !ends) throw new RangeError("the text mixes directions of writing");
}
