import { fromHex, utf8 } from "../../token/octets";
import { equal, fails, type Suite } from "../../token/test/suite";
import { readContent, Strange } from "../approve/content";
import { BadPicture, contentOf, looksLikePicture } from "../approve/picture";
import { answerTo, comparisonCode, questionOf } from "../keys/sign";
import { base64url } from "../server/proof";

// Signed is what the Go test computed with other code.
export interface Signed {
  key: string; // provisioned, hex
  suite: string;
  content: string;
  control: string;
  question: string;
  unix: number;
  answer: string;
  comparison: string;
  picture: string; // JWS
  jwk: JsonWebKey;
  stranger: JsonWebKey; // another key under the same name
}

const good = { v: 1, id: "7", bank: "Alder Bank", kind: "payment", at: "2026-11-22T18:00:00.000Z", lines: [["Amount", "EUR 12.00"], ["To", "Ana"]] };
const strange: [string, unknown][] = [
  ["another version", { ...good, v: 2 }],
  ["an unknown member", { ...good, hidden: "EUR 9000" }],
  ["no lines", { ...good, lines: [] }],
  ["a line of three", { ...good, lines: [["Amount", "EUR 12.00", "EUR 9000"]] }],
  ["a line that is an object", { ...good, lines: [{ Amount: "EUR 12" }] }],
  ["a number for a value", { ...good, lines: [["Amount", 12]] }],
  ["text turned around", { ...good, lines: [["To", "\u202eanA"]] }],
  ["a space that is not seen", { ...good, lines: [["To", "A\u200bna"]] }],
  ["a line feed in a value", { ...good, lines: [["To", "Ana\nAmount: EUR 1"]] }],
  ["no time", { ...good, at: "soon" }],
  ["no bank", { ...good, bank: undefined }],
  ["a list", [good]],
];

export function approvals(s: Suite, m: Signed): void {
  s.add("question", async () => equal(await questionOf(m.content, m.control), m.question));
  s.add("question has the control number", async () => equal((await questionOf(m.content, "")) === m.question, false));
  s.add("answer", async () => equal(await answerTo(fromHex(m.key), m.suite, m.content, m.control, m.unix), m.answer));
  s.add("answer to another content", async () => equal((await answerTo(fromHex(m.key), m.suite, m.content + " ", m.control, m.unix)) === m.answer, false));
  s.add("suite with a PIN of the server is not used", () => fails(RangeError, () => answerTo(fromHex(m.key), "OCRA-1:HOTP-SHA256-8:QH64-PSHA1", m.content, "", m.unix)).then(() => undefined));
  s.add("comparison code", async () => equal(await comparisonCode(fromHex(m.key)), m.comparison));

  s.add("content", () => equal(JSON.stringify(readContent(JSON.stringify(good)).lines), JSON.stringify(good.lines)));
  for (const [name, value] of strange) s.add(`content with ${name} is not shown`, () => fails(Strange, () => readContent(JSON.stringify(value))).then(() => undefined));
  s.add("content that names lines twice is not shown", () => {
    const twice = JSON.stringify(good).replace('"kind"', '"lines":[["Amount","EUR 1.00"]],"kind"');
    return fails(Strange, () => readContent(twice)).then(() => undefined);
  });
  s.add("content that names lines twice in disguise is not shown", () => {
    const twice = JSON.stringify(good).replace('"kind"', '"l\\u0069nes":[["Amount","EUR 1.00"]],"kind"');
    return fails(Strange, () => readContent(twice)).then(() => undefined);
  });
  s.add("content that is no JSON is not shown", () => fails(Strange, () => readContent("{")).then(() => undefined));
  s.add("content may quote its own names in values", () => equal(readContent(JSON.stringify({ ...good, lines: [["lines", '"lines": {']] })).lines.length, 1));

  pictures(s, m);
}

function pictures(s: Suite, m: Signed): void {
  const [head = "", payload = "", signature = ""] = m.picture.split(".");
  const bad = (name: string, picture: string, keys: JsonWebKey[] = [m.jwk]): void => s.add(`picture ${name}`, () => fails(BadPicture, () => contentOf(picture, keys)).then(() => undefined));
  s.add("picture of the bank", async () => equal(await contentOf(m.picture, [m.stranger, m.jwk]), m.content));
  s.add("picture looks like one", () => equal(`${looksLikePicture(m.picture)} ${looksLikePicture("https://m.example/app/x/#c=10")}`, "true false"));
  bad("of somebody else", m.picture, [m.stranger]);
  bad("without a known key", m.picture, []);
  bad("with another content", `${head}.${base64url(utf8(m.content.replace("12.00", "92.00")))}.${signature}`);
  bad("without a signature", `${head}.${payload}.`);
  bad("with an algorithm of its own choice", `${base64url(utf8(JSON.stringify({ typ: "token-picture+jwt", alg: "none", kid: (m.jwk as { kid?: string }).kid })))}.${payload}.${signature}`);
  bad("of another type", `${base64url(utf8(JSON.stringify({ typ: "token-proof+jwt", alg: "ES256", kid: (m.jwk as { kid?: string }).kid })))}.${payload}.${signature}`);
  bad("with four parts", `${m.picture}.x`);
  bad("of no base64", `${head}.${payload}.=`);
}
