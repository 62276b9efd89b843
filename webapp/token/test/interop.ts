import { Client, type Options, type Order } from "../client";
import { parseCode } from "../code";
import { Fault, type Cause } from "../fault";
import type { SharedKey } from "../fourpass";
import { codeOf } from "../generate";
import type { Fetch } from "../http";
import { ns } from "../names";
import { fromHex, hex, text, utf8, type Octets } from "../octets";
import { prfAES, prfOf, prfSHA256, type PRF } from "../prf";
import type { Protection } from "../protection";
import { generate } from "../rsa";
import type { TokenKey } from "../storage";
import { Memory } from "./memory";
import { equal, fails, type Suite } from "./suite";

// Scene is one run against the server under test, which knows its code.
export interface Scene {
  name: string;
  url: string;
  code: string;
  keyType: string;
  prf: string;
  method: "server" | "shared" | "transport" | "wrap" | "passphrase";
  sharedName: string;
  shared: string;
  passphrase: string;
  oldID?: string;
  oldToken?: string;
  // check is where a code of the new key goes; it answers whether the server agrees.
  check: string;
  trouble?: "lost" | "closed" | keyof typeof cheats;
  refusal?: string; // status that is expected
}

export function interop(s: Suite, scenes: Scene[]): void {
  for (const scene of scenes) s.add(scene.name, () => play(scene));
}

// cheats are changes of answers and what they must end in.
const cheats: Record<"tampered" | "no-proof" | "changed-nonce" | "no-echo" | "foreign-key" | "with-secret" | "overwriting" | "other-session" | "other-name" | "other-method" | "other-algorithm", Cause> = {
  tampered: "unverified",
  "no-proof": "unverified",
  "changed-nonce": "unverified", // by a renewal; else the server refuses
  "no-echo": "malformed",
  "foreign-key": "unacceptable",
  "with-secret": "unacceptable",
  overwriting: "unacceptable",
  "other-session": "malformed",
  "other-name": "unacceptable",
  "other-method": "unacceptable",
  "other-algorithm": "unacceptable",
};

class Stage {
  readonly storage = new Memory();
  readonly sent: string[] = [];
  readonly before: string;
  private answers = 0;

  constructor(readonly scene: Scene) {
    const put = (id: string, token: string): void => void this.storage.commit({ url: scene.url, id, token: fromHex(token) } as TokenKey, undefined);
    if (scene.oldID !== undefined) put(scene.oldID, scene.oldToken ?? "");
    if (scene.trouble === "overwriting") put("K" + parseCode(scene.code).clientID, "00");
    this.before = this.stored();
  }

  stored(): string {
    return [...this.storage.keys.values()].map((k) => `${k.id} ${hex(k.token)}`).join();
  }

  // fetch loses or changes answers on their way.
  readonly fetch: Fetch = async (url, init) => {
    this.sent.push(text(init.body as Octets));
    const response = await fetch(url, init);
    const body = text(new Uint8Array(await response.arrayBuffer()));
    const final = body.includes("KeyProvServerFinished");
    if (this.scene.trouble === "lost" && this.answers++ % 2 === 0) throw new TypeError("lost");
    if (this.scene.trouble === "closed" && final && this.answers++ === 0) throw new TypeError("lost");
    return new Response(utf8(this.change(body, final)), { status: response.status, headers: response.headers });
  };

  private change(body: string, final: boolean): string {
    const { trouble } = this.scene;
    if (trouble === "tampered" && final) return body.replace("<pskc:Issuer>", "<pskc:Issuer>Evil ").replace(/(<dskpp:Mac [^>]*>)(.)/, (_, tag: string, c: string) => tag + (c === "A" ? "B" : "A"));
    if (trouble === "no-proof") return final ? body.replace(/<dskpp:AuthenticationData>.*?<\/dskpp:AuthenticationData>/, "") : body.replace(/<dskpp:Mac .*?<\/dskpp:Mac>/, "");
    if (trouble === "changed-nonce" && !final) return body.replace(/(<dskpp:Payload><dskpp:Nonce>)(.)/, (_, tag: string, c: string) => tag + (c === "A" ? "B" : "A"));
    if (trouble === "no-echo") return body.replace(/<dskpp:Extensions>.*<\/dskpp:Extensions>/, "");
    if (trouble === "other-session" && final) return body.replace(/SessionID="/, '$&x');
    if (trouble === "other-name") return body.replace("<ds:KeyName>", "$&x");
    if (trouble === "other-method") return body.replace("</dskpp:KeyProtectionMethod>", "x$&");
    if (trouble === "other-algorithm") return body.replace(/(<pskc:Key [^>]*Algorithm="[^"]*):hotp"/, '$1:totp"');
    const sealed = `<pskc:Secret><pskc:EncryptedValue><e:EncryptionMethod xmlns:e="${ns.xenc}"/><e:CipherData xmlns:e="${ns.xenc}"><e:CipherValue>AAAA</e:CipherValue></e:CipherData></pskc:EncryptedValue></pskc:Secret>`;
    if (trouble === "with-secret" && final) return body.replace("<pskc:Data>", "$&" + sealed);
    return body;
  }

  client(attempts: number): Client {
    const options: Options = { storage: this.storage, fetch: this.fetch, attempts, keyTypes: [this.scene.keyType], prfs: prfs(this.scene.prf) };
    if (this.scene.trouble === "foreign-key") options.serverKeys = [fromHex("3000")];
    return new Client(options);
  }
}

const prfs = (uri: string): PRF[] => (uri === "" ? [prfSHA256, prfAES] : [prfOf(uri) as PRF]);

async function play(scene: Scene): Promise<void> {
  const stage = new Stage(scene);
  const guard = scene.method === "transport" ? { kind: "transport" as const, keys: await generate() } : guardOf(scene);
  const begin = (client: Client): Promise<TokenKey> => start(client, scene, guard);
  if (scene.refusal !== undefined) {
    const e = await fails(Fault, () => begin(stage.client(1)));
    equal(`${e.why} ${e.status}`, `refused ${scene.refusal}`);
    return untouched(stage);
  }
  if (scene.trouble === "closed") return closed(stage, guard, begin);
  if (scene.trouble !== undefined && scene.trouble !== "lost") return cheated(stage, begin);
  await prove(stage, await begin(stage.client(2)));
  if (scene.trouble === "lost") equal(stage.sent.filter((m, i) => m === stage.sent[i + 1]).length, scene.method === "server" || scene.method === "shared" ? 2 : 1);
}

function guardOf(scene: Scene): Protection | SharedKey | undefined {
  const key = fromHex(scene.shared);
  if (scene.method === "wrap") return { kind: "wrap", name: scene.sharedName, key };
  if (scene.method === "passphrase") return { kind: "passphrase", passphrase: scene.passphrase };
  return scene.method === "shared" ? { name: scene.sharedName, key } : undefined;
}

function start(client: Client, scene: Scene, guard: Protection | SharedKey | undefined): Promise<TokenKey> {
  const order: Order = { url: scene.url, code: parseCode(scene.code), clientInfo: utf8("client's own") };
  if (scene.oldID !== undefined) order.replaces = scene.oldID;
  return guard && "kind" in guard ? client.twoPass(order, guard) : client.fourPass(order, guard);
}

// closed: the page is closed before the last answer comes. Nothing is stored but the run;
// another client takes it up and repeats the message.
async function closed(stage: Stage, guard: Protection | SharedKey | undefined, begin: (c: Client) => Promise<TokenKey>): Promise<void> {
  equal((await fails(Fault, () => begin(stage.client(1)))).why, "transport");
  equal(`${stage.storage.kept !== undefined} ${stage.storage.keys.size}`, `true ${stage.scene.oldID === undefined ? 0 : 1}`);
  const key = await stage.client(1).resume(guard && "kind" in guard ? guard : undefined);
  equal(stage.sent[stage.sent.length - 1], stage.sent[stage.sent.length - 2]);
  await prove(stage, key as TokenKey);
}

// cheated: an answer was changed on its way. No key comes of it and no secret stays.
async function cheated(stage: Stage, begin: (c: Client) => Promise<TokenKey>): Promise<void> {
  const e = await fails(Fault, () => begin(stage.client(1)));
  const refused = stage.scene.trouble === "changed-nonce" && stage.scene.oldID === undefined;
  equal(e.why, refused ? "refused" : cheats[stage.scene.trouble as keyof typeof cheats]);
  return untouched(stage);
}

function untouched(stage: Stage): void {
  equal(stage.stored(), stage.before);
  equal(stage.storage.kept, undefined);
}

// prove: the key is stored, alone, and the server computes the same code.
async function prove(stage: Stage, key: TokenKey): Promise<void> {
  equal(stage.storage.kept, undefined);
  equal([...stage.storage.keys.values()].map((k) => k.id).join(), key.id);
  const code = await codeOf(key.profile, key.token, { counter: key.counter, unix: 1_700_000_000, questions: ["Q1234567"], pin: "" });
  const answer = await fetch(`${stage.scene.check}?key=${key.id}&code=${code}`, { method: "POST" });
  equal(`${answer.status} ${await answer.text()}`, "200 the same");
}
