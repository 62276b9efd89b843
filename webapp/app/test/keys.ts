import { fromHex, hex, utf8, type Octets } from "../../token/octets";
import { equal, type Suite } from "../../token/test/suite";
import { Clock } from "../clock";
import { claimStep, Early } from "../keys/secure";
import type { Kept } from "../store/db";
import { iterations, open, seal } from "../store/vault";

export function keys(s: Suite): void {
  s.add("vault opens with the PIN", async () => {
    const secret = crypto.getRandomValues(new Uint8Array(32));
    equal(hex(await open(utf8("830561"), await seal(utf8("830561"), secret))), hex(secret));
  });
  // The heart of it: a wrong PIN is no error, has no mark, and gives octets of the same length.
  s.add("vault opens with any PIN", async () => {
    const secret = fromHex("00".repeat(20));
    const sealed = await seal(utf8("8305"), secret);
    const opened = new Set<string>();
    for (const pin of ["8305", "8306", "0000", "123456789012"]) {
      const key = await open(utf8(pin), sealed);
      equal(key.length, secret.length);
      opened.add(hex(key));
    }
    equal(opened.size, 4);
  });
  s.add("vault keeps nothing but salt, count and octets", async () => {
    const sealed = await seal(utf8("8305"), fromHex("00".repeat(20)));
    equal(Object.keys(sealed).sort().join(), "iterations,octets,salt");
    equal(sealed.octets.length, 20);
    equal(sealed.iterations >= 600_000, true);
    equal(iterations, sealed.iterations);
  });
  s.add("vault length does not depend on the PIN", async () => {
    const short = await seal(utf8("8305"), fromHex("11".repeat(32)));
    const long = await seal(utf8("830512345678"), fromHex("11".repeat(32)));
    equal(short.octets.length === long.octets.length && short.salt.length === long.salt.length, true);
  });
  s.add("vault never uses a key stream twice", async () => {
    const [a, b] = [await seal(utf8("8305"), fromHex("00".repeat(32))), await seal(utf8("8305"), fromHex("00".repeat(32)))];
    equal(hex(a.octets) === hex(b.octets), false);
  });
  // RFC 6070 has no SHA-256; this is PBKDF2-HMAC-SHA-256 and AES-256-CTR as other libraries compute them.
  s.add("vault known answer", async () => {
    const sealed = { salt: fromHex("000102030405060708090a0b0c0d0e0f"), iterations: 600_000, octets: fromHex("00".repeat(20)) };
    equal(hex(await open(utf8("830561"), sealed)), vaultAnswer);
  });

  const at = (unix: number): Clock => new Clock(0, () => unix * 1000);
  const token = (more: Partial<Kept>): Kept => ({ ...kept, ...more });
  s.add("step of a fresh token", () => equal((claimStep(token({}), at(3000), -1, "sent", 0) as Kept).sent, 100));
  s.add("step that was used comes early", () => equal((claimStep(token({ sent: 100 }), at(3010), 100, "sent", 0) as Early).at, 3_030_000));
  s.add("step after the used one", () => equal((claimStep(token({ sent: 100 }), at(3030), 100, "sent", 0) as Kept).sent, 101));
  s.add("step that a wrong clock used means nothing", () => equal((claimStep(token({ sent: 5000 }), at(3000), 5000, "sent", 0) as Kept).sent, 100));
  s.add("shown codes cover two steps", () => equal((claimStep(token({}), at(3000), -1, "shown", 1) as Kept).shown, 101));
  s.add("counter goes on by one", () => equal((claimStep(token({ profile: { kind: "hotp", hash: "SHA1", digits: 6 }, counter: 7n }), at(0), -1, "sent", 0) as Kept).counter, 8n));
}

// vaultAnswer was computed by Python's hashlib and OpenSSL.
const vaultAnswer = "8b964fd052bc1616c11717de2149bc3b6b6de929";

const kept: Kept = {
  keyID: "k",
  url: "",
  serial: "",
  name: "",
  profile: { kind: "totp", hash: "SHA256", digits: 6, step: 30 },
  counter: 0n,
  sent: -1,
  shown: -1,
  sealed: { salt: new Uint8Array(0) as Octets, iterations: 1, octets: new Uint8Array(0) as Octets },
  device: {} as CryptoKeyPair,
};
