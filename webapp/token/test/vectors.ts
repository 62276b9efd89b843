import { authenticationMAC, passphraseKey } from "../auth";
import { formatCode, parseCode } from "../code";
import { CodeError } from "../code";
import { finishFourPass } from "../fourpass";
import { ns } from "../names";
import { concat, fromBase64, fromHex, hex, utf8, xor, type Octets } from "../octets";
import { pbkdf2 } from "../pbkdf2";
import { derive, prfOf, type PRF } from "../prf";
import { protections } from "../names";
import type { Protection } from "../protection";
import { oaep } from "../rsa";
import { readServerHello } from "../serverhello";
import type { Run, TokenKey } from "../storage";
import { finishTwoPass } from "../twopass";
import { content, parse } from "../xml";
import { equal, fails, type Suite } from "./suite";

// Vectors are those of package dskpp: the same rows of the profile, read by others.
export interface Vectors {
  prf: { algorithm: string; key: string; text: string; output: string }[];
  codes: { client_id: string; password: string; bare: string; text: string; human: string }[];
  bad_codes: string[];
  k_ac: { password: string; r_c: string; k: string; iterations: number; k_ac: string }[];
  passphrase_key: { passphrase: string; client_id: string; url: string; k: string }[];
  runs: VectorRun[];
}

interface VectorRun {
  name: string;
  variant: "FourPass" | "TwoPass";
  method?: string;
  url: string;
  code: string;
  key_types: string[];
  encryption: string[];
  macs: string[];
  shared_name?: string;
  shared?: string;
  passphrase?: string;
  old_key_id?: string;
  old_token?: string;
  messages: string[];
  r_c: string;
  k: string;
  k_mac: string;
  k_token: string;
  key_id: string;
  server_id: string;
}

// vectors adds them; client is the private key of the client, PKCS #8.
export function vectors(s: Suite, v: Vectors, client: Octets): void {
  v.prf.forEach((p, i) => s.add(`vectors: PRF ${i + 1}`, async () => equal(hex(await derive(prfOf(p.algorithm) as PRF, fromHex(p.key), utf8(p.text), p.output.length / 2)), p.output)));
  v.codes.forEach((c, i) =>
    s.add(`vectors: code ${i + 1}`, () => {
      const code = { clientID: c.client_id, password: c.password };
      // This client reads vendors' fields, but writes none.
      if (c.bare.length === 6 + c.client_id.length + c.password.length) {
        equal(formatCode(code, false), c.bare);
        equal(formatCode(code, true), c.text);
      }
      for (const form of [c.bare, c.text, c.human]) equal(JSON.stringify(parseCode(form)), JSON.stringify(code));
    }),
  );
  v.bad_codes.forEach((c) => s.add(`vectors: bad code ${c}`, () => fails(CodeError, () => parseCode(c)).then(() => undefined)));
  v.k_ac.forEach((k) => s.add("vectors: K_AC", async () => equal(hex(await pbkdf2(utf8(k.password), fromHex(k.r_c + k.k), k.iterations, 16)), k.k_ac)));
  v.passphrase_key.forEach((k) => s.add("vectors: K of a passphrase", async () => equal(hex(await passphraseKey(k.passphrase, k.client_id, k.url)), k.k)));
  // WebCrypto has no PKCS #1 v1.5; the client does not offer it.
  const can = v.runs.filter((r) => !r.encryption.some((e) => e.endsWith("rsa-1_5")));
  for (const r of can) s.add(`vectors: run ${r.name}`, () => replay(r, client));
}

async function replay(r: VectorRun, client: Octets): Promise<void> {
  const sent = r.messages.map((m) => utf8(m));
  const answer = sent.pop() as Octets;
  const rc = fromHex(r.r_c);
  const run: Run = { variant: r.variant === "FourPass" ? "four-pass" : "two-pass", url: r.url, clientID: parseCode(r.code).clientID, messages: sent, rc, prfs: r.macs, keyTypes: r.key_types };
  let key: TokenKey;
  if (r.variant === "FourPass") {
    key = await finishFourPass({ ...run, agreed: await agreed(r, run) }, answer);
  } else {
    await checkMAC(r, run, sent[0] as Octets);
    const old = r.old_token ? ({ token: fromHex(r.old_token) } as TokenKey) : undefined;
    key = await finishTwoPass({ ...run, method: r.method ?? "" }, answer, await protection(r, client), old);
  }
  equal(`${key.id} ${key.serverID} ${hex(key.token)}`, `${r.key_id} ${r.server_id} ${r.k_token}`);
}

// agreed checks what the other client sent in its nonce, as far as it can be computed again.
async function agreed(r: VectorRun, run: Run): Promise<NonNullable<Run["agreed"]>> {
  const hello = await readServerHello(run.messages[1] as Octets);
  const nonce = run.messages[2] as Octets;
  await checkMAC(r, run, nonce, hello.rs);
  const stream = prfOf(hello.cipher);
  const k = fromHex(r.k);
  if (stream) equal(texts(nonce, "EncryptedNonce"), btoa(String.fromCharCode(...xor(run.rc, await derive(stream, k, concat("Encryption", hello.rs), run.rc.length)))));
  else equal(hex(hello.key.spki ?? utf8("none")), r.k);
  return { sessionID: hello.sessionID, k, rs: hello.rs };
}

async function checkMAC(r: VectorRun, run: Run, message: Octets, rs?: Octets): Promise<void> {
  const count = Number(texts(message, "IterationCount"));
  const proof = { code: parseCode(r.code), url: r.url, k: fromHex(r.k), rc: run.rc, iterations: count };
  const mac = await authenticationMAC(prfOf(r.macs[0] ?? "") as PRF, rs ? { ...proof, rs } : proof);
  equal(hex(fromBase64(texts(message, "Mac"))), hex(mac));
}

const texts = (message: Octets, name: string): string => content(parse(message).getElementsByTagNameNS(ns.dskpp, name)[0] as Element);

async function protection(r: VectorRun, client: Octets): Promise<Protection> {
  if (r.method === protections.wrap) return { kind: "wrap", name: r.shared_name ?? "", key: fromHex(r.shared ?? "") };
  if (r.method === protections.passphrase) return { kind: "passphrase", passphrase: r.passphrase ?? "" };
  const privateKey = await crypto.subtle.importKey("pkcs8", client, oaep, true, ["decrypt"]);
  const { n, e } = await crypto.subtle.exportKey("jwk", privateKey);
  const publicKey = await crypto.subtle.importKey("jwk", { kty: "RSA", n: n ?? "", e: e ?? "" }, oaep, true, ["encrypt"]);
  return { kind: "transport", keys: { privateKey, publicKey } };
}
