import type { Hash } from "./mac";

// Suite is a parsed OCRASuite (RFC 6287, section 6).
export interface Suite {
  text: string;
  hash: Hash;
  digits: number; // 4 to 10, or 0: the whole HMAC
  counter: boolean;
  alphabet: "A" | "N" | "H";
  longest: number; // characters of a question, 4 to 64
  pin?: Hash;
  session: number; // octets, 1 to 512; 0 when absent
  step: number; // seconds; 0 when absent
}

// SuiteError says which part of a suite was refused, and where it stands, from 1.
export class SuiteError extends Error {
  constructor(
    readonly part: string,
    readonly at: number,
  ) {
    super(`the ${part} at position ${at} of the OCRA suite is wrong`);
  }
}

const hashes: readonly Hash[] = ["SHA1", "SHA256", "SHA512"];
const hashNamed = (name: string): Hash | undefined => hashes.find((h) => h === name);

// order of the data inputs (section 6.3), and how one of each kind is read.
const inputs: Record<string, { rank: number; name: string; read: (s: Suite, value: string) => boolean }> = {
  C: { rank: 1, name: "counter", read: (s, v) => (s.counter = v === "") },
  Q: { rank: 2, name: "question", read: readQuestion },
  P: { rank: 3, name: "PIN", read: (s, v) => (s.pin = hashNamed(v) as Hash) !== undefined },
  S: { rank: 4, name: "session", read: (s, v) => /^\d{3}$/.test(v) && (s.session = +v) >= 1 && s.session <= 512 },
  T: { rank: 5, name: "time step", read: readStep },
};

// parseSuite is strict, because the text itself is hashed: upper case, each input once
// and in order, lengths with all digits, time steps in one spelling. It throws a SuiteError.
export function parseSuite(text: string): Suite {
  const [algorithm = "", fn, ...rest] = text.split(":");
  if (text.length > 64 || algorithm !== "OCRA-1") throw new SuiteError("algorithm", 1);
  const at = algorithm.length + 2;
  if (fn === undefined) throw new SuiteError("crypto function", text.length + 1);
  const s: Suite = { text, ...readFunction(fn, at), counter: false, alphabet: "N", longest: 0, session: 0, step: 0 };
  if (rest.length === 0) throw new SuiteError("data input", text.length + 1);
  readInputs(s, rest.join(":"), at + fn.length + 1);
  return s;
}

// readFunction reads HOTP-H-t (section 5.2).
function readFunction(text: string, at: number): { hash: Hash; digits: number } {
  const parts = text.split("-");
  if (parts.length !== 3 || parts[0] !== "HOTP") throw new SuiteError("crypto function", at);
  const [, name = "", count = ""] = parts;
  const hash = hashNamed(name);
  if (!hash) throw new SuiteError("hash", at + 5);
  if (!/^(0|[4-9]|10)$/.test(count)) throw new SuiteError("digits", at + 6 + name.length);
  return { hash, digits: +count };
}

function readInputs(s: Suite, text: string, start: number): void {
  let last = 0;
  let at = start;
  for (const part of text.split("-")) {
    const input = inputs[part.slice(0, 1)];
    if (!input) throw new SuiteError("data input", at);
    const early = last < 2 && input.rank > 2;
    if (input.rank <= last || early || !input.read(s, part.slice(1))) throw new SuiteError(input.name, at);
    last = input.rank;
    at += part.length + 1;
  }
  if (last < 2) throw new SuiteError("question", s.text.length + 1);
}

function readQuestion(s: Suite, value: string): boolean {
  if (!/^[ANH]\d\d$/.test(value)) return false;
  s.alphabet = value.charAt(0) as Suite["alphabet"];
  s.longest = +value.slice(1);
  return s.longest >= 4 && s.longest <= 64;
}

function readStep(s: Suite, value: string): boolean {
  if (!/^[1-9]\d?[SMH]$/.test(value)) return false;
  const n = parseInt(value, 10);
  const unit = value.slice(-1);
  s.step = n * (unit === "S" ? 1 : unit === "M" ? 60 : 3600);
  return n <= (unit === "H" ? 48 : 59);
}
