import { fromBase64 } from "../../token/octets";
import { equal, fails, type Suite } from "../../token/test/suite";
import { Clock } from "../clock";
import { Offline, Refused, Unreadable } from "../server/fault";
import { fromBase64url, newDeviceKey, proofOf, publicKey } from "../server/proof";
import { Server } from "../server/server";
import { Transport } from "../server/transport";

interface Sent {
  url: string;
  init: RequestInit;
}

// line is a server of answers that are given, and what it was asked.
function line(answers: (() => Response)[], clock = new Clock(0, () => 1_700_000_000_000)): { server: Server; transport: Transport; sent: Sent[]; clock: Clock; pair: Promise<CryptoKeyPair> } {
  const sent: Sent[] = [];
  const pair = newDeviceKey();
  const fetch = ((url: string, init: RequestInit) => {
    sent.push({ url, init });
    const answer = answers.shift();
    return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError("no network"));
  }) as typeof globalThis.fetch;
  const setup = { origin: "https://m.example", clock, fetch, signer: async () => ({ keyID: "key-1", privateKey: (await pair).privateKey }) };
  return { server: new Server(setup), transport: new Transport(setup), sent, clock, pair };
}

const json =
  (status: number, body: unknown): (() => Response) =>
  () =>
    new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });

const claims = (s: Sent): Record<string, string | number> => JSON.parse(new TextDecoder().decode(fromBase64url(header(s).split(".")[1] ?? ""))) as Record<string, string | number>;
const header = (s: Sent): string => (s.init.headers as Record<string, string>)["Token-Proof"] ?? "";

export function protocol(s: Suite): void {
  s.add("proof is a JWS over the request", async () => {
    const l = line([json(200, { status: "approved", accepted: true })]);
    await l.server.approve("p1", "12345678", "47");
    const [head = "", payload = "", signature = ""] = header(l.sent[0] as Sent).split(".");
    const right = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, (await l.pair).publicKey, fromBase64url(signature), new TextEncoder().encode(`${head}.${payload}`));
    equal(right, true);
    equal(new TextDecoder().decode(fromBase64url(head)), '{"typ":"token-proof+jwt","alg":"ES256","kid":"key-1"}');
    const c = claims(l.sent[0] as Sent);
    equal(`${c.htm} ${c.htu} ${c.iat}`, "POST https://m.example/token/v1/prompts/p1/approval 1700000000");
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(String(l.sent[0]?.init.body))));
    equal(fromBase64url(String(c.bh)).join(), sum.join());
    equal(String(c.jti).length, 22);
  });
  s.add("proof of a request without a body", async () => {
    const l = line([json(200, { prompts: [] })]);
    await l.server.inbox();
    equal(claims(l.sent[0] as Sent).bh ?? "", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
  });
  s.add("proof leaves the query out", async () => {
    const pair = await newDeviceKey();
    const proof = await proofOf({ keyID: "k", privateKey: pair.privateKey }, "GET", "https://m.example/a?b=1#c", "", 1);
    equal((JSON.parse(new TextDecoder().decode(fromBase64url(proof.split(".")[1] ?? ""))) as { htu: string }).htu, "https://m.example/a");
  });
  s.add("device key gives out its public half only", async () => {
    const pair = await newDeviceKey();
    equal(Object.keys(await publicKey(pair)).sort().join(), "crv,kty,x,y");
    equal(pair.privateKey.extractable, false);
  });

  s.add("clock is set by token.clock, and the request made once more", async () => {
    const l = line([json(401, { code: "token.clock", now: "2026-11-22T18:00:00.000Z" }), json(200, { prompts: [], now: "2026-11-22T18:00:00.000Z" })]);
    await l.server.inbox();
    equal(l.sent.length, 2);
    equal(claims(l.sent[1] as Sent).iat ?? 0, Date.parse("2026-11-22T18:00:00Z") / 1000);
    equal(claims(l.sent[0] as Sent).jti === claims(l.sent[1] as Sent).jti, false);
  });
  s.add("clock is not followed for ever", async () => {
    const wrong = json(401, { code: "token.clock", now: "2026-11-22T18:00:00.000Z" });
    const l = line([wrong, wrong, wrong]);
    equal((await fails(Refused, () => l.server.inbox())).code, "token.clock");
    equal(l.sent.length, 2);
  });
  s.add("clock halves the way", () => {
    let device = 1000;
    const c = new Clock(0, () => device);
    device = 1400;
    c.set(50_000, 1000);
    equal(c.now(), 50_200);
  });
  s.add("clock of a device that is hours behind", async () => {
    const l = line([json(200, { now: "2026-11-22T18:00:00.000Z" })], new Clock(0, () => Date.parse("2026-11-22T11:00:00Z")));
    await l.server.time();
    equal(l.clock.unix(), Date.parse("2026-11-22T18:00:00Z") / 1000);
  });

  s.add("no network is offline", () => fails(Offline, () => line([]).server.time()).then(() => undefined));
  s.add("a proxy's error page is offline", () => fails(Offline, () => line([() => new Response("<h1>Bad gateway</h1>", { status: 502 })]).server.time()).then(() => undefined));
  s.add("a page in place of an answer is unreadable", () => fails(Unreadable, () => line([() => new Response("<h1>Hotel</h1>", { status: 200 })]).server.time()).then(() => undefined));
  s.add("a refusal has its code", async () => equal((await fails(Refused, () => line([json(403, { code: "token.blocked", detail: "x" })]).server.inbox())).code, "token.blocked"));
  s.add("an answer without a body is fine where none is due", () => line([() => new Response(null, { status: 204 })]).server.unsubscribe());
  s.add("a wrong answer is no error", async () => {
    const { accepted, status } = await line([json(200, { status: "pending", accepted: false })]).server.approve("p", "1", "");
    equal(`${accepted} ${status}`, "false pending");
  });
  s.add("members of the wrong type are unreadable", () => fails(Unreadable, () => line([json(200, { prompts: [{ id: 7 }] })]).server.inbox()).then(() => undefined));
  s.add("no cookies, no redirections, no referrer", async () => {
    const l = line([json(200, { now: "2026-11-22T18:00:00.000Z" })]);
    await l.server.time();
    const { credentials, redirect, referrerPolicy, cache } = l.sent[0]?.init ?? {};
    equal(`${credentials} ${redirect} ${referrerPolicy} ${cache}`, "omit error no-referrer no-store");
  });
  s.add("without a key nothing is asked", () => fails(Refused, () => new Server({ origin: "https://m.example", clock: new Clock(), signer: async () => undefined }).inbox()).then(() => undefined));
  s.add("base64url", () => equal(fromBase64url("-_8").join(), fromBase64("+/8=").join()));
  s.add("base64url with padding is refused", () => fails(RangeError, () => fromBase64url("-_8=")).then(() => undefined));
}
