import { readContainer, type Container } from "../container";
import { wrappingKey } from "../derivedkey";
import { readAnswer } from "../answer";
import { writeHello } from "../clienthello";
import { readExtensions, writeExtensions } from "../extensions";
import { Fault } from "../fault";
import { readFinished } from "../finished";
import { ns } from "../names";
import { fromHex, hex, utf8, type Octets } from "../octets";
import { permits, readPolicy } from "../policy";
import { openValue, type Opener } from "../sealed";
import { readServerHello } from "../serverhello";
import { statuses } from "../status";
import { readTrigger } from "../trigger";
import { content, parse } from "../xml";
import { equal, fails, type Suite } from "./suite";

// messages adds tests of reading, with the RFC's own examples by file name.
export function messages(s: Suite, examples: Record<string, string>): void {
  addDocuments(s);
  addExamples(s, examples);
  addAnswers(s);
  addPolicies(s);
}

function addDocuments(s: Suite): void {
  const refused: [string, Octets][] = [
    ["a document type", utf8(`<!DOCTYPE a><a/>`)],
    ["an entity", utf8(`<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>`)],
    ["an instruction", utf8(`<?xml-stylesheet href="x"?><a/>`)],
    ["another encoding", utf8(`<?xml version="1.0" encoding="ISO-8859-1"?><a/>`)],
    ["no UTF-8", fromHex("3c613e80 3c2f613e".replace(/ /g, ""))],
    ["no XML", utf8(`<a>`)],
    ["two roots", utf8(`<a/><b/>`)],
    ["an unknown prefix", utf8(`<x:a/>`)],
    ["too long", utf8(`<a>${" ".repeat(256 * 1024)}</a>`)],
  ];
  for (const [name, octets] of refused) s.add(`D-09: ${name} is refused`, async () => equal((await fails(Fault, () => parse(octets))).why, "malformed"));
  s.add("D-09: a comment inside a text is refused", async () => {
    await fails(Fault, () => content(parse(utf8("<a>good<!-- -->bad</a>"))));
    equal(content(parse(utf8("<a> x<![CDATA[<]]> </a>"))), " x< ");
  });
  s.add("what is written is compact and escaped", () => {
    const hello = new TextDecoder().decode(writeHello({ device: { SerialNo: `a&<>"\n` }, keyTypes: ["t"], ciphers: ["c"], macs: ["m"] }));
    equal(/>\s/.test(hello), false);
    equal(hello.includes("<pskc:SerialNo>a&amp;&lt;&gt;&quot;&#10;</pskc:SerialNo>"), true);
    equal(content(parse(utf8(hello)).getElementsByTagNameNS(ns.pskc, "SerialNo")[0] as Element), `a&<>"\n`);
  });
}

const container = (text: string): Promise<Container> => readContainer(parse(utf8(text)).getElementsByTagNameNS(ns.dskpp, "KeyContainer")[0] as Element);

async function open(c: Container, opener: Opener): Promise<string> {
  const secret = c.key.secret;
  if (!secret) throw new Error("the example has no secret");
  return hex(await openValue(secret.value, secret.mac, c.macMethod, opener));
}

function addExamples(s: Suite, examples: Record<string, string>): void {
  const wrap = examples["rfc6063-b32-finished-wrap.xml"] ?? "";
  const opener = { kek: fromHex("12345678901234567890123456789012") };
  s.add("RFC 6063, appendix B.3.2: the provisioning key", async () => {
    const c = await container(wrap);
    equal(`${c.key.id} ${c.key.profile.digits} ${c.key.counter} ${c.keyInfo?.name}`, "MBK000000001 6 0 Pre-shared-key-1");
    equal(await open(c, opener), "543e50a67f4ff9c5b0727341c1cdfc15a29dc6135bc085607cff0914e5bf1417f21d0d83cdce6a1e");
  });
  s.add("P-31: the MAC is verified before decryption", async () => {
    const c = await container(wrap);
    const secret = c.key.secret as NonNullable<typeof c.key.secret>;
    secret.value.cipher[0] = (secret.value.cipher[0] as number) ^ 1; // of the IV
    equal((await fails(Fault, () => open(c, opener))).message, "the MAC of the key package is wrong");
  });
  s.add("P-29: no MAC, no key", async () => {
    const stripped = await container(wrap.replace(/<pskc:ValueMAC>[^]*?<\/pskc:ValueMAC>/, ""));
    equal((await fails(Fault, () => open(stripped, opener))).why, "unverified");
    const without = await container(wrap.replace(/<pskc:MACMethod[^]*?<\/pskc:MACMethod>/, ""));
    equal((await fails(Fault, () => open(without, opener))).why, "unverified");
    await fails(Fault, () => container(wrap.replace("hmac-sha1", "hmac-md5")));
    await fails(Fault, () => container(wrap.replace("<pskc:Secret>", "<pskc:Secret><pskc:PlainValue>AAAA</pskc:PlainValue>")));
    await fails(Fault, () => open({ ...stripped, macMethod: { hash: "SHA1", key: { algorithm: "x", cipher: opener.kek } } }, { kek: new Uint8Array(15) }));
  });
  s.add("RFC 6063, appendix B.3.3: the provisioning key", async () => {
    // The example has the namespace of a draft.
    const c = await container((examples["rfc6063-b33-finished-passphrase.xml"] ?? "").replace("http://www.w3.org/2009/xmlsec-derivedkey#", ns.xenc11));
    const derived = c.keyInfo?.derived as Element;
    const kek = await wrappingKey(derived, utf8("qwerty"), 1000);
    equal(await open(c, { kek }), "d02049329c92c0e419e05ffce60ba9d75e20a350e12e9711fdf9b2419896d175500c92d694116ef6");
    equal((await fails(Fault, () => wrappingKey(derived, utf8("qwerty")))).why, "unacceptable");
  });
  s.add("RFC 6063, appendix B.1 and B.2: the messages", async () => {
    const trigger = readTrigger(utf8(examples["rfc6063-b1-trigger.xml"] ?? ""));
    equal(`${trigger.device?.SerialNo} ${trigger.keyID} ${trigger.url} ${trigger.code}`, "987654321 HOTP00000001 keyprovservice.example.com undefined");
    const hello = await readServerHello(utf8(examples["rfc6063-b24-server-hello-renewal.xml"] ?? ""));
    equal(`${hello.sessionID} ${hello.key.name} ${hello.prf} ${hello.mac?.algorithm}`, `4114 Example-Key1 ${ns.dskpp}:prf-sha256 ${ns.dskpp}:prf-aes-128`);
    const finished = await readFinished(utf8(examples["rfc6063-b26-finished.xml"] ?? ""));
    equal(`${finished.container.key.id} ${finished.mac.value.length} ${finished.container.moduleID}`, "MBK000000001 32 CM_ID_001");
  });
  s.add("D-05: the order of the schema", async () => {
    const hello = examples["rfc6063-b23-server-hello.xml"] ?? "";
    const keyType = /<dskpp:KeyType>[^]*?<\/dskpp:KeyType>/.exec(hello)?.[0] ?? "";
    const moved = hello.replace(keyType, "").replace("</dskpp:KeyProvServerHello>", keyType + "</dskpp:KeyProvServerHello>");
    equal((await fails(Fault, () => readServerHello(utf8(moved)))).why, "malformed");
    for (const change of [["SessionID=", "Session="], ["Version=\"1.0\"", ""], ["EjRWeJASNFZ4kBI0VniQEg==", "EjRWeJASNFZ4kBI0VniQ"], ["<dskpp:Payload>", "x<dskpp:Payload>"]]) {
      const changed = hello.replace(change[0] as string, change[1] as string);
      equal(changed === hello, false);
      equal((await fails(Fault, () => readServerHello(utf8(changed)))).why, "malformed");
    }
  });
}

function addAnswers(s: Suite): void {
  const answer = (status: string, version = "1.0", name = "KeyProvServerFinished"): Octets => utf8(`<${name} xmlns="${ns.dskpp}" Version="${version}" Status="${status}"/>`);
  for (const status of statuses.slice(2)) {
    s.add(`section 3.3: ${status} ends the run`, async () => {
      for (const name of ["KeyProvServerHello", "KeyProvServerFinished"]) {
        const e = await fails(Fault, () => readAnswer(answer(status, "1.0", name), "KeyProvServerFinished", "Success"));
        equal(`${e.why} ${e.status}`, `refused ${status}`);
      }
    });
  }
  s.add("D-33: Continue and Success where they do not belong", async () => {
    equal((await fails(Fault, () => readAnswer(answer("Continue"), "KeyProvServerFinished", "Success"))).why, "malformed");
    equal((await fails(Fault, () => readAnswer(answer("Success"), "KeyProvServerHello", "Continue"))).why, "malformed");
    equal((await fails(Fault, () => readAnswer(answer("Fine"), "KeyProvServerFinished", "Success"))).why, "malformed");
    equal((await fails(Fault, () => readAnswer(answer("Success", "1.0", "KeyProvTrigger"), "KeyProvServerFinished", "Success"))).why, "malformed");
  });
  s.add("D-01, D-02: versions", async () => {
    for (const good of ["1.0", "1.9", "01.007", "1.10"]) readAnswer(answer("Success", good), "KeyProvServerFinished", "Success");
    equal((await fails(Fault, () => readAnswer(answer("Success", "2.0"), "KeyProvServerFinished", "Success"))).status, "UnsupportedVersion");
    for (const bad of ["1", "1.", "1.0000", "x.0", " 1.0"]) equal((await fails(Fault, () => readAnswer(answer("Success", bad), "KeyProvServerFinished", "Success"))).why, "malformed");
  });
  s.add("D-37 to D-39: extensions", async () => {
    const read = (inner: string): ReturnType<typeof readExtensions> =>
      readExtensions(parse(utf8(`<dskpp:Extensions xmlns:dskpp="${ns.dskpp}" xmlns:xsi="${ns.xsi}" xmlns:o="urn:o">${inner}</dskpp:Extensions>`)));
    equal(hex(read(writeExtensions({ serverInfo: fromHex("0102") })?.replace(/<\/?dskpp:Extensions>/g, "") ?? "").serverInfo ?? fromHex("")), "0102");
    equal(JSON.stringify(read(`<dskpp:Extension xsi:type="o:T"><o:x/></dskpp:Extension>`)), "{}");
    const critical = [`<dskpp:Extension xsi:type="o:T" Critical="true"/>`, `<dskpp:Extension Critical="1"/>`, `<dskpp:Extension xsi:type="dskpp:ServerInfoType" Critical="true"><dskpp:Data>AA==</dskpp:Data></dskpp:Extension>`];
    for (const x of critical) equal((await fails(Fault, () => read(x))).status, "UnknownCriticalExtension");
  });
}

function addPolicies(s: Suite): void {
  const read = (inner: string): ReturnType<typeof readPolicy> => readPolicy(parse(utf8(`<Policy xmlns="${ns.pskc}">${inner}</Policy>`)));
  s.add("P-19 to P-23: policies", () => {
    equal(read(`<Unknown xmlns="urn:o"/>`).blocked, true);
    equal(read(`<KeyUsage>Fly</KeyUsage>`).blocked, true);
    equal(read(`<PINPolicy PINUsageMode="Sometimes"/>`).blocked, true);
    const p = read(`<StartDate>2026-01-01T00:00:00Z</StartDate><ExpiryDate>2026-12-31T00:00:00Z</ExpiryDate><PINPolicy PINUsageMode="Local" MinLength="4"/><KeyUsage>OTP</KeyUsage><NumberOfTransactions>2</NumberOfTransactions>`);
    equal(`${p.blocked} ${p.pin?.mode} ${p.pin?.shortest}`, "false Local 4");
    const end = Date.parse("2026-12-31T00:00:00Z");
    equal([permits(p, "OTP", end, 1n), permits(p, "OTP", end + 1, 1n), permits(p, "CR", end, 1n), permits(p, "OTP", end, 2n), permits(p, "OTP", 0, 0n)].join(), "true,false,false,false,false");
    equal(permits(read(`<KeyUsage>Fly</KeyUsage>`), "OTP", end, 0n), false);
  });
}
