import { hotp, timeStep, totp } from "../hotp";
import type { Hash } from "../mac";
import { hashPIN, ocra, type OCRAInput } from "../ocra";
import { fromHex, hex } from "../octets";
import { encodeQuestion, QuestionError } from "../question";
import { parseSuite, SuiteError } from "../suite";
import { equal, fails, type Suite } from "./suite";

// Vector is a record of the vectors of package oath: names and values.
export type Vector = Record<string, string>;

// oath adds all of them.
export function oath(s: Suite, vectors: Record<string, Vector[]>): void {
  for (const [file, records] of Object.entries(vectors)) {
    const run = file === "suites.txt" ? suite : file === "questions.txt" ? question : code;
    records.forEach((v, i) => s.add(`${file} ${i + 1}`, () => run(v)));
  }
}

async function suite(v: Vector): Promise<void> {
  if (v["expect"] === "ok") return equal(parseSuite(v["suite"] ?? "").text, v["suite"]);
  const e = await fails(SuiteError, () => parseSuite(v["suite"] ?? ""));
  equal(`${e.part} ${e.at}`, `${v["expect"]} ${v["position"]}`);
}

async function question(v: Vector): Promise<void> {
  const s = parseSuite(v["suite"] ?? "");
  const questions = [v["question"], v["second"]].filter((q) => q !== undefined);
  if (v["expect"] === "ok") return equal(hex(encodeQuestion(s, ...questions)), (v["encoded"] ?? "").padEnd(256, "0"));
  const e = await fails(QuestionError, () => encodeQuestion(s, ...questions));
  equal(e.at > 0 ? `character ${e.at}` : `length ${e.length}`, `${v["expect"]} ${v["at"] ?? v["length"]}`);
}

async function code(v: Vector): Promise<void> {
  equal(await computed(v), v["code"]);
}

async function computed(v: Vector): Promise<string> {
  const key = fromHex(v["key"] ?? "");
  const hash = (v["hash"] ?? "SHA1") as Hash;
  const digits = Number(v["digits"]);
  switch (v["kind"]) {
    case "hotp":
      return hotp(key, BigInt(v["counter"] ?? ""), digits, hash);
    case "totp":
      equal(timeStep(Number(v["unix"]), 30), BigInt("0x" + v["step"]));
      return totp(key, Number(v["unix"]), 30, digits, hash);
    default:
      return response(v);
  }
}

async function response(v: Vector): Promise<string> {
  const s = parseSuite(v["suite"] ?? "");
  // The other side's question goes first (RFC 6287, sections 7.2 and 7.3.2).
  const [qc, qs] = [v["client-question"], v["server-question"]];
  const questions = [v["question"], v["side"] === "client" ? qs : qc, v["side"] === "client" ? qc : qs].filter((q) => q !== undefined);
  const input: OCRAInput = { questions };
  if (v["counter"] !== undefined) input.counter = BigInt(v["counter"]);
  if (v["pin"] !== undefined) {
    input.pinHash = await hashPIN(s, v["pin"]);
    equal(hex(input.pinHash), v["pin-hash"]);
  }
  // Records with time name the step itself, as the RFC does.
  if (v["step"] !== undefined) input.unix = Number(BigInt("0x" + v["step"])) * s.step;
  return ocra(s, fromHex(v["key"] ?? ""), input);
}
