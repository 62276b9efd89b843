import { Blocks, cmac } from "../aes";
import { crc16 } from "../crc";
import { CodeError, formatCode, parseCode, typedCode } from "../code";
import { unwrap } from "../keywrap";
import { hmac } from "../mac";
import { base64, fromBase64, fromHex, hex, utf8 } from "../octets";
import { pbkdf2 } from "../pbkdf2";
import { derive, prfAES, prfSHA256 } from "../prf";
import { saslprep } from "../saslprep";
import { equal, fails, type Suite } from "./suite";

// known adds answers that others published.
export function known(s: Suite): void {
  addAES(s);
  addMACs(s);
  addKeyWrap(s);
  addInitialValues(s);
  addPasswords(s);
  addCodes(s);
}

const key = "2b7e151628aed2a6abf7158809cf4f3c";
const text = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

function addAES(s: Suite): void {
  const fips: [string, string][] = [
    ["000102030405060708090a0b0c0d0e0f", "69c4e0d86a7b0430d8cdb78070b4c55a"],
    ["000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "8ea2b7ca516745bfeafc49904b496089"],
  ];
  for (const [k, c] of fips) {
    s.add(`FIPS 197, ${k.length * 4} bits`, async () => {
      const aes = await Blocks.of(fromHex(k));
      equal(hex(await aes.encrypt(fromHex("00112233445566778899aabbccddeeff"))), c);
      equal(hex(await aes.decrypt(fromHex(c))), "00112233445566778899aabbccddeeff");
    });
  }
  const cmacs: [number, string][] = [
    [0, "bb1d6929e95937287fa37d129b756746"],
    [16, "070a16b46b4d4144f79bdd9dd04a287c"],
    [40, "dfa66747de9ae63030ca32611497c827"],
    [64, "51f0bebf7e3b9d92fc49741779363cfe"],
  ];
  for (const [n, want] of cmacs) s.add(`RFC 4493, ${n} octets`, async () => equal(hex(await cmac(fromHex(key), fromHex(text.slice(0, 2 * n)))), want));
}

function addMACs(s: Suite): void {
  s.add("RFC 4231, case 1", async () =>
    equal(hex(await hmac("SHA256", fromHex("0b".repeat(20)), utf8("Hi There"))), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
  s.add("RFC 4231, case 2", async () =>
    equal(hex(await hmac("SHA256", utf8("Jefe"), utf8("what do ya want for nothing?"))), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
  s.add("RFC 4231, case 6, a long key", async () =>
    equal(hex(await hmac("SHA512", fromHex("aa".repeat(131)), utf8("Test Using Larger Than Block-Size Key - Hash Key First"))), "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"));
  s.add("RFC 6063, appendix D: blocks, their numbers and the cut", async () => {
    const k = fromHex(key);
    const one = hex(await cmac(k, fromHex("00000001" + "abcd")));
    const two = hex(await cmac(k, fromHex("00000002" + "abcd")));
    equal(hex(await derive(prfAES, k, fromHex("abcd"), 20)), (one + two).slice(0, 40));
    const first = hex(await hmac("SHA256", k, fromHex("00000001" + "abcd")));
    equal(hex(await derive(prfSHA256, k, fromHex("abcd"), 16)), first.slice(0, 32));
  });
  s.add("D-22, IP-16: keys of a PRF", async () => {
    const s = utf8("s");
    await fails(RangeError, () => derive(prfSHA256, new Uint8Array(15), s, 16));
    await fails(RangeError, () => derive(prfAES, new Uint8Array(17), s, 16));
    equal((await derive(prfSHA256, new Uint8Array(20), s, 40)).length, 40);
  });
}

function addKeyWrap(s: Suite): void {
  const all = "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f";
  const kek = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  const padded = "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8";
  const cases: [string, string, string, string][] = [
    ["RFC 3394, section 4.1", kek.slice(0, 32), "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5", all.slice(0, 32)],
    ["RFC 3394, section 4.6", kek, "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21", all],
    // RFC 5649 has examples for 192 bits only, which Chromium lacks; these two are OpenSSL's.
    ["RFC 5649, 7 octets under 128 bits", all.slice(0, 32), "e543256789e51bcb478e9e6a032074aa", hex(utf8("foobar!"))],
    ["RFC 5649, 20 octets under 128 bits", all.slice(0, 32), "ab8855cbcaa73de6e384f6461a65b2c75449261f90036b84367fab8d4bb8366e", hex(utf8("twenty octets of key"))],
    ["RFC 5649, section 6, 20 octets", padded, "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a", "c37b7e6492584340bed12207808941155068f738"],
    ["RFC 5649, section 6, 7 octets", padded, "afbeb0f07dfbf5419200f2ccb50bb24f", "466f7250617369"],
  ];
  for (const [name, k, wrapped, want] of cases) {
    if (k === padded && typeof DOMParser !== "undefined") continue;
    s.add(name, async () => {
      equal(hex(await unwrap(fromHex(k), fromHex(wrapped))), want);
      for (let i = 0; i < wrapped.length / 2; i += 5) {
        const bad = fromHex(wrapped);
        bad[i] = (bad[i] as number) ^ 1;
        await fails(RangeError, () => unwrap(fromHex(k), bad));
      }
    });
  }
}

// addInitialValues: OpenSSL's RFC 3394 with initial values of our making.
function addInitialValues(s: Suite): void {
  const kek = fromHex("00112233445566778899aabbccddeeff");
  s.add("RFC 5649, section 3: the initial value", async () => {
    equal(hex(await unwrap(kek, fromHex("10e971a926dbf8e4ee3db59cd407a77331063089f1cbc811"))), hex(utf8("fifteen octets.")));
    const wrong = [
      "0b1b361269e78b5ab28a638e4f7010ff0960a7f013eba5ea", // a padding that is not zero
      "7911e2be833c3d91b8e45832ef7e910583d15155f0266a12", // another constant
      "058930542fe56e587a30b18911c5e32f19f4e429043a6ec4", // a length that needs fewer blocks
    ];
    for (const w of wrong) await fails(RangeError, () => unwrap(kek, fromHex(w)));
  });
}

function addPasswords(s: Suite): void {
  const cases: [string, string, number, number, string][] = [
    ["password", "salt", 1, 20, "0c60c80f961f0e71f3a9b524af6012062fe037a6"],
    ["password", "salt", 4096, 20, "4b007901b765489abead49d926f721d065a429c1"],
    ["passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096, 25, "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"],
    ["pass\0word", "sa\0lt", 4096, 16, "56fa6aa75548099dcc37d7f03425e0c3"],
  ];
  for (const [p, salt, c, n, want] of cases) s.add(`RFC 6070, ${c} iterations, ${n} octets`, async () => equal(hex(await pbkdf2(utf8(p), utf8(salt), c, n)), want));
  s.add("RFC 6063, appendix B.3.3: the derived key", async () => equal(hex(await pbkdf2(utf8("qwerty"), fromHex("123eff3c4a72129c"), 1000, 16)), "651e63cd57008476af1ff6422cd02e41"));
  const prepared: [string, string][] = [["I\u00adX", "IX"], ["user", "user"], ["USER", "USER"], ["\u00aa", "a"], ["\u2168", "IX"], ["a\u00a0b", "a b"]];
  s.add("RFC 4013, section 3", async () => {
    for (const [typed, want] of prepared) equal(saslprep(typed), want);
    await fails(RangeError, () => saslprep("\u0007"));
    await fails(RangeError, () => saslprep("\u0627\u0031"));
    await fails(RangeError, () => saslprep("\u05d0b\u05d0"));
  });
  s.add("base64 is strict", async () => {
    equal(hex(fromBase64(" /+8\n=")), "ffef");
    equal(base64(fromHex("ffef")), "/+8=");
    for (const bad of ["A", "AA", "A===", "AA=A", "AA-_"]) await fails(RangeError, () => fromBase64(bad));
  });
}

function addCodes(s: Suite): void {
  s.add("CRC-16/X-25", () => equal(crc16("123456789"), "906E"));
  s.add("RFC 6063, section 3.4.1.1: examples of codes", () => {
    const code = { clientID: "AC00000A", password: "3582AF0C3E" };
    equal(formatCode(code, false), "108AC00000A20A3582AF0C3E");
    equal(formatCode(code, true), "108AC00000A20A3582AF0C3E304EE97");
    equal(formatCode(typedCode("myclient!D", "mYpas&#rD"), false), "1146D79636C69656E7421442126D5970617326237244");
    equal(JSON.stringify(parseCode("108a-c000-00A2 0A35-82af-0C3E-304E-E97")), JSON.stringify(code));
    equal(JSON.stringify(parseCode("108AC00000A900F01A20A3582AF0C3E")), JSON.stringify(code));
  });
  const wrong: [string, string, number][] = [
    ["", "missing", 0],
    ["108AC00000A", "missing", 0],
    ["10020A3582AF0C3E", "missing", 0],
    ["108AC0000OA", "character", 10],
    ["108AC00000A20A3582AF0C3", "length", 12],
    ["108AC00000A20A3582AF0C3E3", "length", 25],
    ["108AC00000A20A3582AF0C3E4011", "type", 25],
    ["108AC00000A20A3582AF0C3E0011", "type", 25],
    ["108A-C000-00A1-08AC-0000-0A20-A358-2AF0-C3E", "twice", 14],
    ["108AC00000A20A3582AF0C3E304EE98", "checksum", 0],
    ["108AC00000A20A3582AF0C3F304EE97", "checksum", 0],
  ];
  for (const [typed, fault, at] of wrong) {
    s.add(`a wrong code: ${fault} in ${typed}`, async () => {
      const e = await fails(CodeError, () => parseCode(typed));
      equal(`${e.fault} ${e.at}`, `${fault} ${at}`);
    });
  }
  s.add("every single wrong digit of a code with checksum is found", async () => {
    const good = "108AC00000A20A3582AF0C3E304EE97";
    for (let i = 0; i < good.length; i++) {
      const other = ((parseInt(good.charAt(i), 16) + 1) % 16).toString(16);
      await fails(CodeError, () => parseCode(good.slice(0, i) + other + good.slice(i + 1)));
    }
  });
}
