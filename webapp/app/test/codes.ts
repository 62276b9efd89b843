import { CodeError } from "../../token/code";
import { equal, fails, type Suite } from "../../token/test/suite";
import { utf8 } from "../../token/octets";
import { NotOurs, readLink, readTyped, whole } from "../keys/code";
import { weakness, type Weakness } from "../keys/weak";

const base = new URL("https://m.example/app/retail/");

export function codes(s: Suite, activation: string): void {
  const plain = activation.replace(/-/g, "");
  const want = readTyped(activation);
  const reads = (name: string, typed: string): void => s.add(`code ${name}`, () => equal(JSON.stringify(readTyped(typed)), JSON.stringify(want)));
  reads("in small letters", activation.toLowerCase());
  reads("without groups", plain);
  reads("with blanks", activation.replace(/-/g, "  "));
  reads("with long dashes", activation.replace(/-/g, "–"));
  reads("with letters for digits", activation.replace(/0/g, "O").replace(/1/g, "l"));

  // Any one character that is typed wrong is noticed before anything is sent.
  s.add("code every wrong character is noticed", async () => {
    for (let i = 0; i < plain.length; i++) {
      const other = plain.charAt(i) === "7" ? "8" : "7";
      await fails(CodeError, () => readTyped(plain.slice(0, i) + other + plain.slice(i + 1)));
    }
  });
  s.add("code every swap of neighbors is noticed", async () => {
    for (let i = 0; i + 1 < plain.length; i++) {
      if (plain.charAt(i) === plain.charAt(i + 1)) continue;
      await fails(CodeError, () => readTyped(plain.slice(0, i) + plain.charAt(i + 1) + plain.charAt(i) + plain.slice(i + 2)));
    }
  });
  s.add("code without check digits is refused", async () => equal((await fails(CodeError, () => readTyped(plain.slice(0, -7)))).fault, "checksum"));
  s.add("code that is cut is refused", () => fails(CodeError, () => readTyped(plain.slice(0, 20))).then(() => undefined));
  s.add("code that is empty is refused", () => fails(CodeError, () => readTyped(" ")).then(() => undefined));
  s.add("code says where a character is wrong", async () => equal((await fails(CodeError, () => readTyped("108A-X"))).at, 6));

  const links: [string, string, boolean][] = [
    ["address of the app", `https://m.example/app/retail/#c=${plain}`, false],
    ["first half", `https://m.example/app/retail/#c=${plain}&part=1`, true],
    ["scheme of the bank", `alder://activate?c=${plain}`, false],
    ["scheme, first half", `alder://activate?c=${plain}&part=1`, true],
    ["code alone", activation, false],
  ];
  for (const [name, link, half] of links) s.add(`link ${name}`, () => equal(JSON.stringify(readLink(link, base)), JSON.stringify({ code: want, half })));
  for (const link of [`https://m.example/app/business/#c=${plain}`, `https://evil.example/app/retail/#c=${plain}`, "https://m.example/app/retail/", "alder://activate"])
    s.add(`link of others ${link.slice(0, 40)}`, () => fails(NotOurs, () => readLink(link, base)).then(() => undefined));

  s.add("second half", () => {
    const first = { clientID: "AB", password: "0123456789" };
    equal(whole(first, "abcde-12345").password, "0123456789ABCDE12345");
  });
  s.add("second half of another length", () => fails(CodeError, () => whole({ clientID: "AB", password: "0123456789" }, "12")).then(() => undefined));

  const pins: [string, Weakness | undefined][] = [
    ["1111", "same"],
    ["1234", "row"],
    ["8901", "row"],
    ["9876", "row"],
    ["1212", "pattern"],
    ["123123", "pattern"],
    ["1221", "pattern"],
    ["112233", "pattern"],
    ["1987", "year"],
    ["240587", "year"],
    ["2580", "common"],
    ["8305", undefined],
    ["7294", undefined],
    ["903751", undefined],
  ];
  for (const [pin, why] of pins) s.add(`PIN ${pin}`, () => equal(weakness(utf8(pin)), why));
}
