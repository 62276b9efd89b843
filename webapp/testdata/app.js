"use strict";
(() => {
  // token/test/suite.ts
  var Suite = class {
    constructor() {
      this.tests = [];
    }
    add(name, test) {
      this.tests.push([name, test]);
    }
    async run() {
      let out = [];
      for (let [name, test] of this.tests)
        try {
          await test(), out.push({ name });
        } catch (e) {
          out.push({ name, detail: e instanceof Error ? `${e.message}
${e.stack}` : String(e) });
        }
      return out;
    }
  };
  function equal(got, want) {
    if (got !== want) throw new Error(`got ${String(got)}, want ${String(want)}`);
  }
  async function fails(kind, f) {
    try {
      await f();
    } catch (e) {
      if (e instanceof kind) return e;
      throw new Error(`it threw ${String(e)}, not a ${kind.name}`);
    }
    throw new Error("it did not throw");
  }

  // token/octets.ts
  var none = new Uint8Array(0);
  function concat(...parts) {
    let all2 = parts.map((p) => typeof p == "string" ? utf8(p) : p), out = new Uint8Array(all2.reduce((n, p) => n + p.length, 0)), at = 0;
    for (let p of all2)
      out.set(p, at), at += p.length;
    return out;
  }
  function utf8(text2) {
    return new Uint8Array(new TextEncoder().encode(text2));
  }
  function text(octets2) {
    return new TextDecoder("utf-8", { fatal: !0, ignoreBOM: !1 }).decode(octets2);
  }
  function hex(octets2) {
    return Array.from(octets2, (b) => b.toString(16).padStart(2, "0")).join("");
  }
  function fromHex(digits) {
    if (!/^([0-9a-fA-F]{2})*$/.test(digits)) throw new RangeError("this is no even number of hexadecimal digits");
    return Uint8Array.from(digits.match(/../g) ?? [], (d) => parseInt(d, 16));
  }
  function base64(octets2) {
    return btoa(Array.from(octets2, (b) => String.fromCharCode(b)).join(""));
  }
  function fromBase64(value) {
    let packed = value.replace(/[ \t\r\n]/g, "");
    if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) throw new RangeError("this is no base64");
    return Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  }
  function uint64(value) {
    if (value < 0n || value >= 1n << 64n) throw new RangeError("a counter has 64 bits");
    let out = new Uint8Array(8);
    return new DataView(out.buffer).setBigUint64(0, value), out;
  }
  function wipe(...secrets) {
    for (let s of secrets) s?.fill(0);
  }

  // app/approve/content.ts
  var Strange = class extends Error {
  }, names = ["v", "id", "bank", "kind", "at", "lines", "control"], deceptive = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/;
  function readContent(text2) {
    let c = object(text2), unknown = Object.keys(c).filter((name) => !names.includes(name));
    if (c.v !== 1 || unknown.length > 0) throw new Strange("a newer version of the app is needed");
    let at = Date.parse(plain(c.at, "at"));
    if (Number.isNaN(at)) throw new Strange("at is no time");
    let control = c.control === void 0 ? "" : plain(c.control, "control");
    return { id: plain(c.id, "id"), bank: plain(c.bank, "bank"), kind: plain(c.kind, "kind"), at, lines: lines(c.lines), control };
  }
  function object(text2) {
    let value;
    try {
      value = JSON.parse(text2);
    } catch {
      throw new Strange("no JSON");
    }
    if (typeof value != "object" || value === null || Array.isArray(value)) throw new Strange("no object");
    for (let name of names) if (topLevel(text2, name) > 1) throw new Strange(`${name} stands there twice`);
    return value;
  }
  function topLevel(text2, name) {
    let depth = 0, count = 0;
    for (let [token] of text2.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g))
      token === "{" || token === "[" ? depth++ : token === "}" || token === "]" ? depth-- : depth === 1 && token.endsWith(":") && JSON.parse(token.slice(0, -1).trim()) === name && count++;
    return count;
  }
  function plain(value, name) {
    if (typeof value != "string" || deceptive.test(value)) throw new Strange(`${name} is no plain text`);
    return value;
  }
  function lines(value) {
    if (!Array.isArray(value) || value.length === 0) throw new Strange("nothing to show");
    return value.map((line2) => {
      if (!Array.isArray(line2) || line2.length !== 2) throw new Strange("a line has a name and a value");
      return [plain(line2[0], "a name"), plain(line2[1], "a value")];
    });
  }

  // token/mac.ts
  var names2 = { SHA1: "SHA-1", SHA256: "SHA-256", SHA384: "SHA-384", SHA512: "SHA-512" }, sizes = { SHA1: 20, SHA256: 32, SHA384: 48, SHA512: 64 }, subtleName = (hash) => names2[hash], hashSize = (hash) => sizes[hash];
  async function hmac(hash, key, data) {
    let k = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: names2[hash] }, !1, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", k, data));
  }
  async function digest(hash, data) {
    return new Uint8Array(await crypto.subtle.digest(names2[hash], data));
  }

  // app/server/proof.ts
  var base64url = (octets2) => base64(octets2).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  function fromBase64url(text2) {
    if (!/^[A-Za-z0-9_-]*$/.test(text2)) throw new RangeError("this is no base64url");
    return fromBase64(text2.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text2.length / 4) * 4, "="));
  }
  var part = (value) => base64url(utf8(JSON.stringify(value)));
  async function proofOf(s, method, url, body, unix) {
    let claims2 = {
      htm: method,
      htu: url.replace(/[?#].*$/, ""),
      iat: Math.floor(unix),
      jti: base64url(crypto.getRandomValues(new Uint8Array(16))),
      bh: base64url(await digest("SHA256", utf8(body)))
    }, signed = `${part({ typ: "token-proof+jwt", alg: "ES256", kid: s.keyID })}.${part(claims2)}`, signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, s.privateKey, utf8(signed));
    return `${signed}.${base64url(new Uint8Array(signature))}`;
  }
  async function newDeviceKey() {
    return crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, !1, ["sign", "verify"]);
  }
  async function publicKey(pair) {
    let { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
    return { kty: kty ?? "", crv: crv ?? "", x: x ?? "", y: y ?? "" };
  }

  // app/approve/picture.ts
  var BadPicture = class extends Error {
  }, looksLikePicture = (scanned) => /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(scanned.trim());
  async function contentOf(scanned, keys2) {
    let [head = "", payload = "", signature = "", ...more] = scanned.trim().split(".");
    if (more.length > 0) throw new BadPicture("no picture");
    let kid = readHead(octets(head));
    if (!(await Promise.all(candidates(keys2, kid).map((k) => verify(k, `${head}.${payload}`, octets(signature))))).includes(!0)) throw new BadPicture("the signature is not the bank's");
    return text(octets(payload));
  }
  function octets(part3) {
    try {
      return fromBase64url(part3);
    } catch {
      throw new BadPicture("no picture");
    }
  }
  function readHead(octets2) {
    let head;
    try {
      head = JSON.parse(text(octets2));
    } catch {
      throw new BadPicture("no picture");
    }
    if (head.alg !== "ES256" || head.typ !== "token-picture+jwt" || head.crit !== void 0 || typeof head.kid != "string") throw new BadPicture("another kind of picture");
    return head.kid;
  }
  var candidates = (keys2, kid) => keys2.filter((k) => k.kid === kid && k.kty === "EC" && k.crv === "P-256");
  async function verify(key, signed, signature) {
    try {
      let { kty = "", crv = "", x = "", y = "" } = key, imported = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, { name: "ECDSA", namedCurve: "P-256" }, !1, ["verify"]);
      return await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, signature, utf8(signed));
    } catch {
      return !1;
    }
  }

  // token/hotp.ts
  function truncate(mac, digits) {
    if (digits < 4 || digits > 10) throw new RangeError("a code has 4 to 10 digits");
    let at = mac[mac.length - 1] & 15, value = new DataView(mac.buffer, mac.byteOffset).getUint32(at) & 2147483647;
    return (BigInt(value) % 10n ** BigInt(digits)).toString().padStart(digits, "0");
  }
  function timeStep(unix, step) {
    if (!(step >= 1) || !(unix >= 0)) throw new RangeError("a time step has at least a second, and time began in 1970");
    return BigInt(Math.floor(unix / step));
  }

  // token/question.ts
  var QuestionError = class extends Error {
    constructor(at, length) {
      super(at > 0 ? `character ${at} of the question is not allowed by the suite` : `a question of ${length} characters does not fit the suite`);
      this.at = at;
      this.length = length;
    }
  }, alphabets = { A: /[A-Za-z0-9]/, N: /[0-9]/, H: /[0-9A-Fa-f]/ }, shortest = (s) => Math.min(Math.max(s.digits, 4), s.longest);
  function checkQuestion(s, question) {
    if (question.length < shortest(s) || question.length > s.longest) throw new QuestionError(0, utf8(question).length);
    let wrong = [...question].findIndex((c) => !alphabets[s.alphabet].test(c));
    if (wrong >= 0) throw new QuestionError(wrong + 1, question.length);
  }
  function encodeQuestion(s, ...questions) {
    for (let q2 of questions) checkQuestion(s, q2);
    let joined = questions.join(""), q = s.alphabet === "A" ? utf8(joined) : nibbles(s.alphabet === "N" ? BigInt(joined).toString(16) : joined);
    return concat(q, new Uint8Array(128 - q.length));
  }
  var nibbles = (digits) => fromHex(digits.length % 2 ? digits + "0" : digits);

  // token/ocra.ts
  async function ocra(suite, key, input) {
    if (input.questions.length < 1 || input.questions.length > 2) throw new RangeError("a response has one question or two");
    let data = concat(
      suite.text,
      new Uint8Array(1),
      part2(suite.counter, input.counter, uint64, "a counter"),
      encodeQuestion(suite, ...input.questions),
      part2(suite.pin !== void 0, input.pinHash, (p) => exact(p, suite), "a PIN"),
      part2(suite.session > 0, input.session, (s) => session(s, suite.session), "session data"),
      part2(suite.step > 0, input.unix, (t) => uint64(timeStep(t, suite.step)), "a time")
    ), mac = await hmac(suite.hash, key, data);
    return suite.digits === 0 ? hex(mac) : truncate(mac, suite.digits);
  }
  function part2(named, value, encode, what) {
    if (named !== (value !== void 0)) throw new RangeError(`the suite ${named ? "needs" : "does not take"} ${what}`);
    return value === void 0 ? none : encode(value);
  }
  function exact(pinHash, suite) {
    if (suite.pin && pinHash.length !== hashSize(suite.pin)) throw new RangeError("the hash of the PIN has the wrong length");
    return pinHash;
  }
  function session(s, length) {
    if (s.length > length) throw new RangeError("the session data are longer than the suite allows");
    return concat(new Uint8Array(length - s.length), s);
  }

  // token/suite.ts
  var SuiteError = class extends Error {
    constructor(part3, at) {
      super(`the ${part3} at position ${at} of the OCRA suite is wrong`);
      this.part = part3;
      this.at = at;
    }
  }, hashes = ["SHA1", "SHA256", "SHA512"], hashNamed = (name) => hashes.find((h) => h === name), inputs = {
    C: { rank: 1, name: "counter", read: (s, v) => s.counter = v === "" },
    Q: { rank: 2, name: "question", read: readQuestion },
    P: { rank: 3, name: "PIN", read: (s, v) => (s.pin = hashNamed(v)) !== void 0 },
    S: { rank: 4, name: "session", read: (s, v) => /^\d{3}$/.test(v) && (s.session = +v) >= 1 && s.session <= 512 },
    T: { rank: 5, name: "time step", read: readStep }
  };
  function parseSuite(text2) {
    let [algorithm = "", fn, ...rest] = text2.split(":");
    if (text2.length > 64 || algorithm !== "OCRA-1") throw new SuiteError("algorithm", 1);
    let at = algorithm.length + 2;
    if (fn === void 0) throw new SuiteError("crypto function", text2.length + 1);
    let s = { text: text2, ...readFunction(fn, at), counter: !1, alphabet: "N", longest: 0, session: 0, step: 0 };
    if (rest.length === 0) throw new SuiteError("data input", text2.length + 1);
    return readInputs(s, rest.join(":"), at + fn.length + 1), s;
  }
  function readFunction(text2, at) {
    let parts = text2.split("-");
    if (parts.length !== 3 || parts[0] !== "HOTP") throw new SuiteError("crypto function", at);
    let [, name = "", count = ""] = parts, hash = hashNamed(name);
    if (!hash) throw new SuiteError("hash", at + 5);
    if (!/^(0|[4-9]|10)$/.test(count)) throw new SuiteError("digits", at + 6 + name.length);
    return { hash, digits: +count };
  }
  function readInputs(s, text2, start) {
    let last = 0, at = start;
    for (let part3 of text2.split("-")) {
      let input = inputs[part3.slice(0, 1)];
      if (!input) throw new SuiteError("data input", at);
      let early = last < 2 && input.rank > 2;
      if (input.rank <= last || early || !input.read(s, part3.slice(1))) throw new SuiteError(input.name, at);
      last = input.rank, at += part3.length + 1;
    }
    if (last < 2) throw new SuiteError("question", s.text.length + 1);
  }
  function readQuestion(s, value) {
    return /^[ANH]\d\d$/.test(value) ? (s.alphabet = value.charAt(0), s.longest = +value.slice(1), s.longest >= 4 && s.longest <= 64) : !1;
  }
  function readStep(s, value) {
    if (!/^[1-9]\d?[SMH]$/.test(value)) return !1;
    let n = parseInt(value, 10), unit = value.slice(-1);
    return s.step = n * (unit === "S" ? 1 : unit === "M" ? 60 : 3600), n <= (unit === "H" ? 48 : 59);
  }

  // app/keys/sign.ts
  async function derived(key, info, length) {
    let base2 = await crypto.subtle.importKey("raw", key, "HKDF", !1, ["deriveBits"]), params = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: utf8(info) };
    return new Uint8Array(await crypto.subtle.deriveBits(params, base2, 8 * length));
  }
  async function questionOf(content, control) {
    return hex(await digest("SHA256", concat(content, `
`, control))).toUpperCase();
  }
  async function answerTo(key, suite, content, control, unix) {
    let s = parseSuite(suite);
    if (s.counter || s.pin || s.session > 0) throw new RangeError("this app does not sign with such a suite");
    let signing = await derived(key, "countersign mobile token sign", 32);
    try {
      return await ocra(s, signing, { questions: [await questionOf(content, control)], ...s.step > 0 ? { unix } : {} });
    } finally {
      wipe(signing);
    }
  }
  async function comparisonCode(key) {
    let octets2 = await derived(key, "countersign mobile token compare", 8);
    return (new DataView(octets2.buffer).getBigUint64(0) % 10000n).toString().padStart(4, "0");
  }

  // app/test/approvals.ts
  var good = { v: 1, id: "7", bank: "Alder Bank", kind: "payment", at: "2026-11-22T18:00:00.000Z", lines: [["Amount", "EUR 12.00"], ["To", "Ana"]] }, strange = [
    ["another version", { ...good, v: 2 }],
    ["an unknown member", { ...good, hidden: "EUR 9000" }],
    ["no lines", { ...good, lines: [] }],
    ["a line of three", { ...good, lines: [["Amount", "EUR 12.00", "EUR 9000"]] }],
    ["a line that is an object", { ...good, lines: [{ Amount: "EUR 12" }] }],
    ["a number for a value", { ...good, lines: [["Amount", 12]] }],
    ["text turned around", { ...good, lines: [["To", "‮anA"]] }],
    ["a space that is not seen", { ...good, lines: [["To", "A​na"]] }],
    ["a line feed in a value", { ...good, lines: [["To", `Ana
Amount: EUR 1`]] }],
    ["no time", { ...good, at: "soon" }],
    ["no bank", { ...good, bank: void 0 }],
    ["a list", [good]]
  ];
  function approvals(s, m) {
    s.add("question", async () => equal(await questionOf(m.content, m.control), m.question)), s.add("question has the control number", async () => equal(await questionOf(m.content, "") === m.question, !1)), s.add("answer", async () => equal(await answerTo(fromHex(m.key), m.suite, m.content, m.control, m.unix), m.answer)), s.add("answer to another content", async () => equal(await answerTo(fromHex(m.key), m.suite, m.content + " ", m.control, m.unix) === m.answer, !1)), s.add("suite with a PIN of the server is not used", () => fails(RangeError, () => answerTo(fromHex(m.key), "OCRA-1:HOTP-SHA256-8:QH64-PSHA1", m.content, "", m.unix)).then(() => {
    })), s.add("comparison code", async () => equal(await comparisonCode(fromHex(m.key)), m.comparison)), s.add("content", () => equal(JSON.stringify(readContent(JSON.stringify(good)).lines), JSON.stringify(good.lines)));
    for (let [name, value] of strange) s.add(`content with ${name} is not shown`, () => fails(Strange, () => readContent(JSON.stringify(value))).then(() => {
    }));
    s.add("content that names lines twice is not shown", () => {
      let twice = JSON.stringify(good).replace('"kind"', '"lines":[["Amount","EUR 1.00"]],"kind"');
      return fails(Strange, () => readContent(twice)).then(() => {
      });
    }), s.add("content that names lines twice in disguise is not shown", () => {
      let twice = JSON.stringify(good).replace('"kind"', '"l\\u0069nes":[["Amount","EUR 1.00"]],"kind"');
      return fails(Strange, () => readContent(twice)).then(() => {
      });
    }), s.add("content that is no JSON is not shown", () => fails(Strange, () => readContent("{")).then(() => {
    })), s.add("content may quote its own names in values", () => equal(readContent(JSON.stringify({ ...good, lines: [["lines", '"lines": {']] })).lines.length, 1)), pictures(s, m);
  }
  function pictures(s, m) {
    let [head = "", payload = "", signature = ""] = m.picture.split("."), bad = (name, picture, keys2 = [m.jwk]) => s.add(`picture ${name}`, () => fails(BadPicture, () => contentOf(picture, keys2)).then(() => {
    }));
    s.add("picture of the bank", async () => equal(await contentOf(m.picture, [m.stranger, m.jwk]), m.content)), s.add("picture looks like one", () => equal(`${looksLikePicture(m.picture)} ${looksLikePicture("https://m.example/app/x/#c=10")}`, "true false")), bad("of somebody else", m.picture, [m.stranger]), bad("without a known key", m.picture, []), bad("with another content", `${head}.${base64url(utf8(m.content.replace("12.00", "92.00")))}.${signature}`), bad("without a signature", `${head}.${payload}.`), bad("with an algorithm of its own choice", `${base64url(utf8(JSON.stringify({ typ: "token-picture+jwt", alg: "none", kid: m.jwk.kid })))}.${payload}.${signature}`), bad("of another type", `${base64url(utf8(JSON.stringify({ typ: "token-proof+jwt", alg: "ES256", kid: m.jwk.kid })))}.${payload}.${signature}`), bad("with four parts", `${m.picture}.x`), bad("of no base64", `${head}.${payload}.=`);
  }

  // token/crc.ts
  function crc16(text2) {
    let crc = 65535;
    for (let octet of utf8(text2)) {
      crc ^= octet;
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >>> 1 ^ 33800 : crc >>> 1;
    }
    return (crc ^ 65535).toString(16).toUpperCase().padStart(4, "0");
  }

  // token/code.ts
  var CodeError = class extends Error {
    constructor(fault, at) {
      super(`the activation code is wrong (${fault}${at ? ` at character ${at}` : ""})`);
      this.fault = fault;
      this.at = at;
    }
  }, clientID = 1, password = 2, checksum = 3, vendor = 8;
  function parseCode(typed) {
    let { digits, places } = squeeze(typed), values = /* @__PURE__ */ new Map(), checked2 = "";
    for (let at = 0; at < digits.length; ) {
      let fail = (fault) => new CodeError(fault, places[at] ?? 0), type = parseInt(digits.charAt(at), 16), end = at + 3 + parseInt(digits.slice(at + 1, at + 3), 16);
      if (!(end <= digits.length)) throw fail("length");
      if (type < clientID || type > checksum && type < vendor) throw fail("type");
      if (values.has(type)) throw fail("twice");
      values.set(type, digits.slice(at + 3, end)), type !== checksum && (checked2 += digits.slice(at, end)), at = end;
    }
    return verify2(values.get(checksum), checked2), complete(values.get(clientID), values.get(password));
  }
  function squeeze(typed) {
    let places = [], digits = "";
    return [...typed].forEach((c, i) => {
      if (!/[\s-]/.test(c)) {
        if (!/[0-9A-Fa-f]/.test(c)) throw new CodeError("character", i + 1);
        digits += c.toUpperCase(), places.push(i + 1);
      }
    }), { digits, places };
  }
  function verify2(given, checked2) {
    if (given !== void 0 && given !== crc16(checked2)) throw new CodeError("checksum", 0);
  }
  function complete(id, secret) {
    if (!id || !secret) throw new CodeError("missing", 0);
    if (id.length > 128) throw new CodeError("length", 0);
    return { clientID: id, password: secret };
  }

  // app/keys/code.ts
  function readTyped(typed) {
    let read = typed.replace(/[oO]/g, "0").replace(/[iIlL]/g, "1").replace(/[\u2010-\u2015\u00a0.,:]/g, "-"), code = parseCode(read);
    if (!checked(read)) throw new CodeError("checksum", 0);
    return code;
  }
  function checked(typed) {
    let digits = typed.replace(/[\s-]/g, "");
    for (let at = 0; at < digits.length; at += 3 + parseInt(digits.slice(at + 1, at + 3), 16)) if (digits.charAt(at) === "3") return !0;
    return !1;
  }
  var NotOurs = class extends Error {
  };
  function whole(code, half) {
    let digits = half.replace(/[\s-]/g, "").replace(/[oO]/g, "0").replace(/[iIlL]/g, "1").toUpperCase(), wrong = digits.search(/[^0-9A-F]/);
    if (wrong >= 0) throw new CodeError("character", wrong + 1);
    if (digits.length !== code.password.length) throw new CodeError("length", 0);
    return { ...code, password: code.password + digits };
  }
  function readLink(scanned, base2) {
    let text2 = scanned.trim();
    if (!/^[a-z][a-z0-9+.-]*:/i.test(text2)) return { code: readTyped(text2), half: !1 };
    let url = new URL(text2);
    if ((url.protocol === "http:" || url.protocol === "https:") && (url.origin !== base2.origin || url.pathname !== base2.pathname)) throw new NotOurs("another application's link");
    let from = url.hash.includes("c=") ? new URLSearchParams(url.hash.slice(1)) : url.searchParams, code = from.get("c");
    if (code === null) throw new NotOurs("no activation link");
    return { code: readTyped(code), half: from.get("part") === "1" };
  }

  // app/keys/weak.ts
  var common = /* @__PURE__ */ new Set(["1004", "2580", "0852", "1357", "2468", "5683", "4711", "0815", "6969", "159753", "147258", "147852", "123321", "112233", "121314", "007007", "131313", "520131", "159357", "258456", "789456", "456123"]);
  function weakness(pin) {
    let d = Array.from(pin, (c) => c - 48);
    return d.every((x) => x === d[0]) ? "same" : stepped(d, 1) || stepped(d, -1) ? "row" : repeats(d) || mirrored(d) ? "pattern" : year(d) ? "year" : common.has(d.join("")) ? "common" : void 0;
  }
  var stepped = (d, by) => d.every((x, i) => i === 0 || x === (d[i - 1] + by + 10) % 10), repeats = (d) => [2, 3].some((n) => d.length % n === 0 && d.length > n && d.every((x, i) => x === d[i % n]));
  function mirrored(d) {
    let back = d.every((x, i) => x === d[d.length - 1 - i]), pairs = d.length % 2 === 0 && d.every((x, i) => i % 2 === 0 || x === d[i - 1]);
    return back || pairs;
  }
  function year(d) {
    let tail = +d.slice(-4).join("");
    if (tail >= 1930 && tail <= 2039) return !0;
    let [a, b] = [+d.slice(0, 2).join(""), +d.slice(2, 4).join("")];
    return d.length === 6 && (a >= 1 && a <= 31 && b >= 1 && b <= 12 || b >= 1 && b <= 31 && a >= 1 && a <= 12);
  }

  // app/test/codes.ts
  var base = new URL("https://m.example/app/retail/");
  function codes(s, activation) {
    let plain2 = activation.replace(/-/g, ""), want = readTyped(activation), reads = (name, typed) => s.add(`code ${name}`, () => equal(JSON.stringify(readTyped(typed)), JSON.stringify(want)));
    reads("in small letters", activation.toLowerCase()), reads("without groups", plain2), reads("with blanks", activation.replace(/-/g, "  ")), reads("with long dashes", activation.replace(/-/g, "–")), reads("with letters for digits", activation.replace(/0/g, "O").replace(/1/g, "l")), s.add("code every wrong character is noticed", async () => {
      for (let i = 0; i < plain2.length; i++) {
        let other = plain2.charAt(i) === "7" ? "8" : "7";
        await fails(CodeError, () => readTyped(plain2.slice(0, i) + other + plain2.slice(i + 1)));
      }
    }), s.add("code every swap of neighbors is noticed", async () => {
      for (let i = 0; i + 1 < plain2.length; i++)
        plain2.charAt(i) !== plain2.charAt(i + 1) && await fails(CodeError, () => readTyped(plain2.slice(0, i) + plain2.charAt(i + 1) + plain2.charAt(i) + plain2.slice(i + 2)));
    }), s.add("code without check digits is refused", async () => equal((await fails(CodeError, () => readTyped(plain2.slice(0, -7)))).fault, "checksum")), s.add("code that is cut is refused", () => fails(CodeError, () => readTyped(plain2.slice(0, 20))).then(() => {
    })), s.add("code that is empty is refused", () => fails(CodeError, () => readTyped(" ")).then(() => {
    })), s.add("code says where a character is wrong", async () => equal((await fails(CodeError, () => readTyped("108A-X"))).at, 6));
    let links = [
      ["address of the app", `https://m.example/app/retail/#c=${plain2}`, !1],
      ["first half", `https://m.example/app/retail/#c=${plain2}&part=1`, !0],
      ["scheme of the bank", `alder://activate?c=${plain2}`, !1],
      ["scheme, first half", `alder://activate?c=${plain2}&part=1`, !0],
      ["code alone", activation, !1]
    ];
    for (let [name, link, half] of links) s.add(`link ${name}`, () => equal(JSON.stringify(readLink(link, base)), JSON.stringify({ code: want, half })));
    for (let link of [`https://m.example/app/business/#c=${plain2}`, `https://evil.example/app/retail/#c=${plain2}`, "https://m.example/app/retail/", "alder://activate"])
      s.add(`link of others ${link.slice(0, 40)}`, () => fails(NotOurs, () => readLink(link, base)).then(() => {
      }));
    s.add("second half", () => {
      equal(whole({ clientID: "AB", password: "0123456789" }, "abcde-12345").password, "0123456789ABCDE12345");
    }), s.add("second half of another length", () => fails(CodeError, () => whole({ clientID: "AB", password: "0123456789" }, "12")).then(() => {
    }));
    let pins = [
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
      ["8305", void 0],
      ["7294", void 0],
      ["903751", void 0]
    ];
    for (let [pin, why] of pins) s.add(`PIN ${pin}`, () => equal(weakness(utf8(pin)), why));
  }

  // app/clock.ts
  var Clock = class {
    // ahead is how many milliseconds the server is ahead of this device.
    constructor(ahead2 = 0, device = () => Date.now()) {
      this.ahead = ahead2;
      this.device = device;
    }
    // now is in milliseconds since 1970.
    now() {
      return this.device() + this.ahead;
    }
    unix() {
      return this.now() / 1e3;
    }
    get offset() {
      return this.ahead;
    }
    // set takes the server's time from an answer. Half of the way there and back has gone by
    // since the server wrote it. It returns how far this clock was off, in milliseconds.
    set(server, asked) {
      let read = this.device(), now = server + Math.max(0, read - asked) / 2, off = now - this.now();
      return this.ahead = Math.round(now - read), off;
    }
    // read is the device's own time, for set.
    read() {
      return this.device();
    }
  };

  // app/keys/secure.ts
  var Early = class extends Error {
    constructor(at) {
      super("the code of this moment has been used");
      this.at = at;
    }
  };
  var ahead = 2;
  function claimStep(t, clock, used, mark, more) {
    if (t.profile.kind !== "totp") return { ...t, counter: t.counter + 1n };
    let { step } = t.profile, now = Math.floor(clock.unix() / step);
    return used >= now && used <= now + ahead ? new Early((used + 1) * step * 1e3) : { ...t, [mark]: now + more };
  }

  // token/pbkdf2.ts
  var mostIterations = 1e7;
  async function pbkdf2(password2, salt, iterations2, length, hash = "SHA1") {
    if (!(iterations2 >= 1 && iterations2 <= mostIterations)) throw new RangeError(`PBKDF2 takes 1 to ${mostIterations} iterations here`);
    let key = await crypto.subtle.importKey("raw", password2, "PBKDF2", !1, ["deriveBits"]), params = { name: "PBKDF2", salt, iterations: iterations2, hash: subtleName(hash) };
    return new Uint8Array(await crypto.subtle.deriveBits(params, key, 8 * length));
  }

  // app/store/vault.ts
  var iterations = 6e5;
  async function seal(pin, secret) {
    let salt = crypto.getRandomValues(new Uint8Array(16));
    return { salt, iterations, octets: await crypt(pin, salt, iterations, secret) };
  }
  function open(pin, s) {
    return crypt(pin, s.salt, s.iterations, s.octets);
  }
  async function crypt(pin, salt, count, text2) {
    let material = await pbkdf2(pin, salt, count, 32, "SHA256");
    try {
      let key = await crypto.subtle.importKey("raw", material, "AES-CTR", !1, ["encrypt"]);
      return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CTR", counter: new Uint8Array(16), length: 64 }, key, text2));
    } finally {
      wipe(material);
    }
  }

  // app/test/keys.ts
  function keys(s) {
    s.add("vault opens with the PIN", async () => {
      let secret = crypto.getRandomValues(new Uint8Array(32));
      equal(hex(await open(utf8("830561"), await seal(utf8("830561"), secret))), hex(secret));
    }), s.add("vault opens with any PIN", async () => {
      let secret = fromHex("00".repeat(20)), sealed = await seal(utf8("8305"), secret), opened = /* @__PURE__ */ new Set();
      for (let pin of ["8305", "8306", "0000", "123456789012"]) {
        let key = await open(utf8(pin), sealed);
        equal(key.length, secret.length), opened.add(hex(key));
      }
      equal(opened.size, 4);
    }), s.add("vault keeps nothing but salt, count and octets", async () => {
      let sealed = await seal(utf8("8305"), fromHex("00".repeat(20)));
      equal(Object.keys(sealed).sort().join(), "iterations,octets,salt"), equal(sealed.octets.length, 20), equal(sealed.iterations >= 6e5, !0), equal(iterations, sealed.iterations);
    }), s.add("vault length does not depend on the PIN", async () => {
      let short = await seal(utf8("8305"), fromHex("11".repeat(32))), long = await seal(utf8("830512345678"), fromHex("11".repeat(32)));
      equal(short.octets.length === long.octets.length && short.salt.length === long.salt.length, !0);
    }), s.add("vault never uses a key stream twice", async () => {
      let [a, b] = [await seal(utf8("8305"), fromHex("00".repeat(32))), await seal(utf8("8305"), fromHex("00".repeat(32)))];
      equal(hex(a.octets) === hex(b.octets), !1);
    }), s.add("vault known answer", async () => {
      let sealed = { salt: fromHex("000102030405060708090a0b0c0d0e0f"), iterations: 6e5, octets: fromHex("00".repeat(20)) };
      equal(hex(await open(utf8("830561"), sealed)), vaultAnswer);
    });
    let at = (unix) => new Clock(0, () => unix * 1e3), token = (more) => ({ ...kept, ...more });
    s.add("step of a fresh token", () => equal(claimStep(token({}), at(3e3), -1, "sent", 0).sent, 100)), s.add("step that was used comes early", () => equal(claimStep(token({ sent: 100 }), at(3010), 100, "sent", 0).at, 303e4)), s.add("step after the used one", () => equal(claimStep(token({ sent: 100 }), at(3030), 100, "sent", 0).sent, 101)), s.add("step that a wrong clock used means nothing", () => equal(claimStep(token({ sent: 5e3 }), at(3e3), 5e3, "sent", 0).sent, 100)), s.add("shown codes cover two steps", () => equal(claimStep(token({}), at(3e3), -1, "shown", 1).shown, 101)), s.add("counter goes on by one", () => equal(claimStep(token({ profile: { kind: "hotp", hash: "SHA1", digits: 6 }, counter: 7n }), at(0), -1, "sent", 0).counter, 8n));
  }
  var vaultAnswer = "8b964fd052bc1616c11717de2149bc3b6b6de929", kept = {
    keyID: "k",
    url: "",
    serial: "",
    name: "",
    profile: { kind: "totp", hash: "SHA256", digits: 6, step: 30 },
    counter: 0n,
    sent: -1,
    shown: -1,
    sealed: { salt: new Uint8Array(0), iterations: 1, octets: new Uint8Array(0) },
    device: {}
  };

  // app/server/fault.ts
  var Offline = class extends Error {
    constructor() {
      super("the server did not answer");
    }
  }, Refused = class extends Error {
    constructor(status, code, detail, members = {}) {
      super(`${status} ${code}`);
      this.status = status;
      this.code = code;
      this.detail = detail;
      this.members = members;
    }
  }, Unreadable = class extends Error {
  };

  // app/server/read.ts
  var Members = class _Members {
    constructor(value) {
      if (typeof value != "object" || value === null || Array.isArray(value)) throw new Unreadable("an object was expected");
      this.of = value;
    }
    text(name) {
      return this.typed(name, "string");
    }
    // maybe is "" for what is missing.
    maybe(name) {
      return this.empty(name) ? "" : this.text(name);
    }
    number(name) {
      let n = this.typed(name, "number");
      if (!Number.isFinite(n)) throw new Unreadable(`${name} is no number`);
      return n;
    }
    flag(name) {
      return this.empty(name) ? !1 : this.typed(name, "boolean");
    }
    // time is in milliseconds since 1970.
    time(name) {
      let at = Date.parse(this.text(name));
      if (Number.isNaN(at)) throw new Unreadable(`${name} is no time`);
      return at;
    }
    maybeTime(name) {
      return this.maybe(name) === "" ? void 0 : this.time(name);
    }
    object(name, read) {
      return read(new _Members(this.of[name]));
    }
    maybeObject(name, read) {
      return this.empty(name) ? void 0 : this.object(name, read);
    }
    list(name, read) {
      let value = this.of[name];
      if (value === null) return [];
      if (!Array.isArray(value)) throw new Unreadable(`${name} is no list`);
      return value.map((v) => read(new _Members(v)));
    }
    raw(name) {
      return this.of[name];
    }
    all() {
      return this.of;
    }
    empty(name) {
      return this.of[name] === void 0 || this.of[name] === null;
    }
    typed(name, type) {
      let value = this.of[name];
      if (typeof value !== type) throw new Unreadable(`${name} is missing or no ${type}`);
      return value;
    }
  };

  // app/server/transport.ts
  var patience = 15e3, Transport = class {
    constructor(setup) {
      this.setup = setup;
    }
    // open asks without a proof.
    open(method, path, body, read) {
      return this.exchange(method, path, body, void 0, read);
    }
    // signed asks with a proof by the device's key. When the server says that the clock is
    // wrong, it is set and the request made once more.
    async signed(method, path, body, read) {
      let signer = await this.setup.signer();
      if (!signer) throw new Refused(401, "token.none", "");
      try {
        return await this.exchange(method, path, body, signer, read);
      } catch (e) {
        if (!(e instanceof Refused) || e.code !== "token.clock") throw e;
        return this.exchange(method, path, body, signer, read);
      }
    }
    async exchange(method, path, body, signer, read) {
      let { clock, origin } = this.setup, url = origin + path, text2 = body === void 0 ? "" : JSON.stringify(body), headers = { Accept: "application/json" };
      body !== void 0 && (headers["Content-Type"] = "application/json"), signer && (headers["Token-Proof"] = await proofOf(signer, method, url, text2, clock.unix()));
      let asked = clock.read(), { status, answer } = await this.post(url, { method, headers, ...text2 ? { body: text2 } : {} });
      if (this.hear(answer, asked), status >= 200 && status < 300) return readable(answer ?? {}, read);
      throw refusal(status, answer);
    }
    async post(url, init) {
      let send = this.setup.fetch ?? ((u, i) => fetch(u, i)), end = new AbortController(), timer = setTimeout(() => end.abort(), patience);
      try {
        let response = await send(url, { ...init, cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", signal: end.signal });
        return { status: response.status, answer: parse(await response.text()) };
      } catch {
        throw new Offline();
      } finally {
        clearTimeout(timer);
      }
    }
    // hear takes the server's time from every answer that has it.
    hear(answer, asked) {
      let now = typeof answer == "object" && answer !== null ? Date.parse(String(answer.now)) : NaN;
      Number.isNaN(now) || (this.setup.clock.set(now, asked), this.setup.heard?.());
    }
  };
  function parse(text2) {
    try {
      return text2 === "" ? void 0 : JSON.parse(text2);
    } catch {
      return;
    }
  }
  function readable(answer, read) {
    return read(new Members(answer));
  }
  function refusal(status, answer) {
    if (typeof answer != "object" || answer === null) return status >= 500 ? new Offline() : new Unreadable(`status ${status} without a problem`);
    let m = new Members(answer);
    return new Refused(status, m.maybe("code"), m.maybe("detail"), m.all());
  }

  // app/server/types.ts
  var defaultSuite = "OCRA-1:HOTP-SHA256-8:QH64-T1M";
  function readApplication(m) {
    return {
      name: m.text("name"),
      bank: m.text("bank"),
      pin: m.object("pin", (p) => ({ min: p.number("min"), max: p.number("max") })),
      dskppURL: m.text("dskpp_url"),
      download: m.maybe("download"),
      pushKey: m.maybe("push_key"),
      pictureKeys: m.maybeObject("picture_keys", (k) => k.list("keys", (key) => key.all())) ?? [],
      numberMatching: m.flag("number_matching"),
      signSuite: m.raw("sign_suite") === void 0 ? defaultSuite : m.maybe("sign_suite")
    };
  }
  function readPrompt(m) {
    return {
      id: m.text("id"),
      kind: m.text("kind"),
      content: m.text("content"),
      createdAt: m.time("created_at"),
      expiresAt: m.time("expires_at"),
      numberMatching: m.flag("number_matching")
    };
  }
  function readToken(m) {
    return {
      id: m.text("id"),
      serial: m.maybe("serial"),
      name: m.maybe("name"),
      status: m.text("status"),
      blockedBy: m.maybe("blocked_by"),
      until: m.maybeTime("blocked_until"),
      model: m.maybe("model"),
      appVersion: m.maybe("app_version"),
      application: m.maybe("application"),
      created: m.time("created_at"),
      used: m.maybeTime("last_used_at"),
      this: m.flag("this"),
      nextStep: m.maybe("next_step"),
      code: m.maybeObject("code", (c) => ({ state: c.text("state"), purpose: c.maybe("purpose"), expires: c.time("expires_at") })),
      migration: m.maybeObject("migration", (g) => ({ from: g.maybe("from"), to: g.maybe("to") }))
    };
  }
  function readActivation(m) {
    let part3 = m.raw("part");
    if (part3 !== void 0 && part3 !== 0 && part3 !== 1) throw new Unreadable("a part that is not known");
    return {
      tokenID: m.text("token_id"),
      code: m.maybe("code"),
      link: m.maybe("link"),
      picture: m.maybe("picture"),
      part: part3 === 1 ? 1 : 0,
      validUntil: m.time("valid_until"),
      download: m.maybe("download")
    };
  }
  function readAct(m) {
    return { at: m.time("at"), kind: m.text("kind"), by: m.maybe("by"), detail: m.maybe("detail") };
  }
  var readProof = (m) => ({ proof: m.text("proof"), expiresAt: m.time("expires_at") });

  // app/server/server.ts
  var nothing = () => {
  }, standing = (m) => ({ status: m.text("status"), accepted: m.flag("accepted") }), Server = class {
    constructor(setup) {
      this.http = new Transport(setup);
    }
    // time sets the clock, too.
    time() {
      return this.http.open("GET", "/token/v1/time", void 0, (m) => m.time("now"));
    }
    application(code) {
      return this.http.open("GET", `/token/v1/applications/${encodeURIComponent(code)}`, void 0, readApplication);
    }
    // confirm proves a key that is pending by its first secure code, and names the device's
    // key. It returns the token.
    async confirm(keyID, code, device, p) {
      let body = { key_id: keyID, code, device_key: await publicKey(device), model: p.model, platform: p.platform, app_version: p.appVersion, locale: p.locale };
      return this.http.open("POST", "/token/v1/confirmations", body, (m) => m.object("token", readToken));
    }
    inbox() {
      return this.http.signed("GET", "/token/v1/inbox", void 0, (m) => m.list("prompts", readPrompt));
    }
    approve(id, answer, control) {
      return this.http.signed("POST", `/token/v1/prompts/${id}/approval`, { answer, control }, standing);
    }
    refuse(id, fraud) {
      return this.http.signed("POST", `/token/v1/prompts/${id}/refusal`, { fraud }, standing);
    }
    tokens() {
      return this.http.signed("GET", "/token/v1/tokens", void 0, (m) => m.list("tokens", readToken));
    }
    history(id) {
      return this.http.signed("GET", `/token/v1/tokens/${id}/history`, void 0, (m) => m.list("acts", readAct));
    }
    // prove exchanges a secure code, of PIN and key, for a proof that acts need.
    prove(code) {
      return this.http.signed("POST", "/token/v1/proofs", { code }, readProof);
    }
    enroll(h, name) {
      return this.http.signed("POST", "/token/v1/tokens", { proof: h.proof, name, hand_over: h.handOver }, readActivation);
    }
    rename(id, name) {
      return this.http.signed("PATCH", `/token/v1/tokens/${id}`, { name }, nothing);
    }
    block(id, warned) {
      return this.act(id, "block", { warned });
    }
    enable(id, proof) {
      return this.act(id, "enable", { proof });
    }
    archive(id, proof, warned) {
      return this.act(id, "archive", { proof, warned });
    }
    renew(id, h) {
      return this.http.signed("POST", `/token/v1/tokens/${id}/renewal`, { proof: h.proof, hand_over: h.handOver }, readActivation);
    }
    extend(id, proof) {
      return this.act(id, "extension", { proof });
    }
    cancel(id) {
      return this.act(id, "cancellation", {});
    }
    redistribute(id, h) {
      return this.http.signed("POST", `/token/v1/tokens/${id}/redistribution`, { proof: h.proof, hand_over: h.handOver }, readActivation);
    }
    migrate(id, h, name, keepSerial) {
      let body = { proof: h.proof, hand_over: h.handOver, name, ...keepSerial === void 0 ? {} : { keep_serial: keepSerial } };
      return this.http.signed("POST", `/token/v1/tokens/${id}/migration`, body, readActivation);
    }
    abandon(id) {
      return this.act(id, "abandonment", {});
    }
    // compare takes the number that a new device shows.
    compare(id, proof, comparison) {
      return this.act(id, "comparison", { proof, comparison });
    }
    // subscribe says where messages for this device go, and under which key of the server.
    subscribe(endpoint, p256dh, auth, key) {
      return this.http.signed("PUT", "/token/v1/push", { endpoint, p256dh, auth, key }, nothing);
    }
    unsubscribe() {
      return this.http.signed("DELETE", "/token/v1/push", void 0, nothing);
    }
    act(id, what, body) {
      return this.http.signed("POST", `/token/v1/tokens/${id}/${what}`, body, nothing);
    }
  };

  // app/test/protocol.ts
  function line(answers, clock = new Clock(0, () => 17e11)) {
    let sent = [], pair = newDeviceKey(), setup = { origin: "https://m.example", clock, fetch: ((url, init) => {
      sent.push({ url, init });
      let answer = answers.shift();
      return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError("no network"));
    }), signer: async () => ({ keyID: "key-1", privateKey: (await pair).privateKey }) };
    return { server: new Server(setup), transport: new Transport(setup), sent, clock, pair };
  }
  var json = (status, body) => () => new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } }), claims = (s) => JSON.parse(new TextDecoder().decode(fromBase64url(header(s).split(".")[1] ?? ""))), header = (s) => s.init.headers["Token-Proof"] ?? "";
  function protocol(s) {
    s.add("proof is a JWS over the request", async () => {
      let l = line([json(200, { status: "approved", accepted: !0 })]);
      await l.server.approve("p1", "12345678", "47");
      let [head = "", payload = "", signature = ""] = header(l.sent[0]).split("."), right = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, (await l.pair).publicKey, fromBase64url(signature), new TextEncoder().encode(`${head}.${payload}`));
      equal(right, !0), equal(new TextDecoder().decode(fromBase64url(head)), '{"typ":"token-proof+jwt","alg":"ES256","kid":"key-1"}');
      let c = claims(l.sent[0]);
      equal(`${c.htm} ${c.htu} ${c.iat}`, "POST https://m.example/token/v1/prompts/p1/approval 1700000000");
      let sum = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(String(l.sent[0]?.init.body))));
      equal(fromBase64url(String(c.bh)).join(), sum.join()), equal(String(c.jti).length, 22);
    }), s.add("proof of a request without a body", async () => {
      let l = line([json(200, { prompts: [] })]);
      await l.server.inbox(), equal(claims(l.sent[0]).bh ?? "", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
    }), s.add("proof leaves the query out", async () => {
      let pair = await newDeviceKey(), proof = await proofOf({ keyID: "k", privateKey: pair.privateKey }, "GET", "https://m.example/a?b=1#c", "", 1);
      equal(JSON.parse(new TextDecoder().decode(fromBase64url(proof.split(".")[1] ?? ""))).htu, "https://m.example/a");
    }), s.add("device key gives out its public half only", async () => {
      let pair = await newDeviceKey();
      equal(Object.keys(await publicKey(pair)).sort().join(), "crv,kty,x,y"), equal(pair.privateKey.extractable, !1);
    }), s.add("clock is set by token.clock, and the request made once more", async () => {
      let l = line([json(401, { code: "token.clock", now: "2026-11-22T18:00:00.000Z" }), json(200, { prompts: [], now: "2026-11-22T18:00:00.000Z" })]);
      await l.server.inbox(), equal(l.sent.length, 2), equal(claims(l.sent[1]).iat ?? 0, Date.parse("2026-11-22T18:00:00Z") / 1e3), equal(claims(l.sent[0]).jti === claims(l.sent[1]).jti, !1);
    }), s.add("clock is not followed for ever", async () => {
      let wrong = json(401, { code: "token.clock", now: "2026-11-22T18:00:00.000Z" }), l = line([wrong, wrong, wrong]);
      equal((await fails(Refused, () => l.server.inbox())).code, "token.clock"), equal(l.sent.length, 2);
    }), s.add("clock halves the way", () => {
      let device = 1e3, c = new Clock(0, () => device);
      device = 1400, c.set(5e4, 1e3), equal(c.now(), 50200);
    }), s.add("clock of a device that is hours behind", async () => {
      let l = line([json(200, { now: "2026-11-22T18:00:00.000Z" })], new Clock(0, () => Date.parse("2026-11-22T11:00:00Z")));
      await l.server.time(), equal(l.clock.unix(), Date.parse("2026-11-22T18:00:00Z") / 1e3);
    }), s.add("no network is offline", () => fails(Offline, () => line([]).server.time()).then(() => {
    })), s.add("a proxy's error page is offline", () => fails(Offline, () => line([() => new Response("<h1>Bad gateway</h1>", { status: 502 })]).server.time()).then(() => {
    })), s.add("a page in place of an answer is unreadable", () => fails(Unreadable, () => line([() => new Response("<h1>Hotel</h1>", { status: 200 })]).server.time()).then(() => {
    })), s.add("a refusal has its code", async () => equal((await fails(Refused, () => line([json(403, { code: "token.blocked", detail: "x" })]).server.inbox())).code, "token.blocked")), s.add("an answer without a body is fine where none is due", () => line([() => new Response(null, { status: 204 })]).server.unsubscribe()), s.add("a wrong answer is no error", async () => {
      let { accepted, status } = await line([json(200, { status: "pending", accepted: !1 })]).server.approve("p", "1", "");
      equal(`${accepted} ${status}`, "false pending");
    }), s.add("members of the wrong type are unreadable", () => fails(Unreadable, () => line([json(200, { prompts: [{ id: 7 }] })]).server.inbox()).then(() => {
    })), s.add("no cookies, no redirections, no referrer", async () => {
      let l = line([json(200, { now: "2026-11-22T18:00:00.000Z" })]);
      await l.server.time();
      let { credentials, redirect, referrerPolicy, cache } = l.sent[0]?.init ?? {};
      equal(`${credentials} ${redirect} ${referrerPolicy} ${cache}`, "omit error no-referrer no-store");
    }), s.add("without a key nothing is asked", () => fails(Refused, () => new Server({ origin: "https://m.example", clock: new Clock(), signer: async () => {
    } }).inbox()).then(() => {
    })), s.add("base64url", () => equal(fromBase64url("-_8").join(), fromBase64("+/8=").join())), s.add("base64url with padding is refused", () => fails(RangeError, () => fromBase64url("-_8=")).then(() => {
    }));
  }

  // app/text/de.json
  var de_default = {
    "abandon.done": "Der Umzug ist abgebrochen. Ihr bisheriges Gerät bleibt in Gebrauch.",
    "act.abandon": "Umzug abbrechen",
    "act.abandon_note": "Das bisherige Gerät bleibt in Gebrauch",
    "act.archive": "Endgültig entfernen",
    "act.archive_note": "Sein Schlüssel wird bei der Bank vernichtet",
    "act.archive_this": "Dieses Gerät gibt dann nichts mehr frei",
    "act.block": "Sperren",
    "act.block_note": "Sofort, etwa wenn es verloren ist",
    "act.cancel": "Code zurücknehmen",
    "act.cancel_note": "Niemand kann ihn mehr verwenden",
    "act.compare": "Zahl auf dem neuen Gerät",
    "act.compare_note": "Vier Ziffern, die das neue Gerät zeigt",
    "act.enable": "Entsperren",
    "act.enable_note": "Wieder in Gebrauch nehmen",
    "act.extend": "Code verlängern",
    "act.extend_note": "Derselbe Code gilt länger",
    "act.history": "Verlauf",
    "act.migrate": "Auf ein neues Gerät umziehen",
    "act.migrate_note": "Dieses funktioniert, bis das neue bereit ist",
    "act.redistribute": "Neu einrichten",
    "act.redistribute_note": "Bei vergessener PIN oder zurückgesetztem Gerät",
    "act.rename": "Umbenennen",
    "act.renew": "Neuer Aktivierungscode",
    "act.renew_note": "Der bisherige Code endet",
    "activate.code": "Aktivierungscode",
    "activate.code_hint": "So, wie er gedruckt oder angezeigt ist. Großschreibung und Striche sind egal.",
    "activate.failed": "Dieses Gerät ist noch nicht aktiv",
    "activate.halves": "Mein Code kam in zwei Teilen",
    "activate.lead": "Ihren Aktivierungscode finden Sie in einem Brief, im Online-Banking oder auf einem bereits aktiven Gerät.",
    "activate.never": "Ihre Bank ruft nie an, um nach diesem Code zu fragen. Geben Sie ihn nur hier ein.",
    "activate.or": "Oder eintippen",
    "activate.other": "Anderen Code verwenden",
    "activate.scan": "Bild scannen",
    "activate.scan_hint": "Richten Sie die Kamera auf das quadratische Bild zu Ihrem Aktivierungscode.",
    "activate.second": "Zweiter Teil",
    "activate.second_hint": "Zum Beispiel aus einer SMS",
    "activate.second_lead": "Das ist der erste Teil Ihres Aktivierungscodes. Den zweiten Teil haben Sie auf anderem Weg erhalten.",
    "activate.title": "Dieses Gerät aktivieren",
    again: "Noch einmal versuchen",
    "approve.approve": "Freigeben",
    "approve.check": "Geben Sie nur frei, was Sie selbst begonnen haben. Stimmt etwas nicht mit Ihrer Eingabe überein, lehnen Sie ab.",
    "approve.control": "Die Seite Ihrer Bank muss dieselbe Zahl zeigen:",
    "approve.done": "Freigegeben",
    "approve.done_more": "Sie können auf der Seite Ihrer Bank fortfahren.",
    "approve.lead": "{bank} bittet um Ihre Freigabe:",
    "approve.not_done": "Nicht freigegeben",
    "approve.not_done_more": "Es wurde nichts ausgeführt.",
    "approve.not_me": "Das war ich nicht",
    "approve.over": "Die Zeit dafür ist abgelaufen",
    "approve.over_more": "Es wurde nichts ausgeführt. Beginnen Sie auf der Seite Ihrer Bank neu.",
    "approve.pin": "Ihre PIN gibt frei: {what}",
    "approve.refuse": "Ablehnen",
    "approve.sending": "Ihre Freigabe wird gesendet …",
    "approve.strange": "Diese App kann die Anfrage nicht anzeigen",
    "approve.strange_more": "Was nicht vollständig angezeigt werden kann, kann hier nicht freigegeben werden. Aktualisieren Sie die App, oder lehnen Sie ab.",
    "archive.done": "Das Gerät ist entfernt.",
    "archive.gone": "Dieses Gerät ist entfernt",
    "archive.gone_more": "Sein Schlüssel ist hier und bei der Bank vernichtet.",
    "archive.other": "Das lässt sich nicht rückgängig machen. Um das Gerät wieder zu verwenden, braucht es einen neuen Aktivierungscode.",
    "archive.this": "Sie entfernen das Gerät in Ihrer Hand. Ist es Ihr letztes, können Sie nichts mehr freigeben, bis Ihre Bank Ihnen einen neuen Aktivierungscode gegeben hat.",
    "archive.title": "{name} entfernen?",
    back: "Zurück",
    "biometry.asking": "Ihr Gerät fragt nach Ihnen …",
    "biometry.cannot": "Dieser Browser oder dieses Gerät kann es nicht",
    "biometry.done": "Ab jetzt kann die Prüfung Ihres Geräts die PIN ersetzen.",
    "biometry.is_off": "Aus: nach der PIN wird gefragt",
    "biometry.limits": "Wer dieses Gerät so entsperren kann wie Sie, kann dann auch freigeben wie Sie. Lassen Sie es aus, wenn Sie das Gerät teilen.",
    "biometry.off": "Mit Fingerabdruck oder Gesicht freigeben",
    "biometry.on": "Ein: Fingerabdruck, Gesicht oder Gerätecode",
    "biometry.pin_stays": "Ihre PIN bleibt gültig. Fingerabdruck und Gesicht verlassen das Gerät nie.",
    "biometry.turn_off": "Ausschalten",
    "biometry.turn_on": "Einschalten",
    "biometry.what": "Ihr Gerät prüft, wer Sie sind, und öffnet den Schlüssel dieser App.",
    "block.done": "Das Gerät ist gesperrt.",
    "block.other": "Es kann nichts freigeben, bis Sie es von einem anderen Gerät entsperren.",
    "block.this": "Das ist das Gerät in Ihrer Hand. Es kann nichts mehr freigeben, und nur ein anderes Gerät oder Ihre Bank kann es entsperren.",
    "block.title": "{name} sperren?",
    "blocked_by.attempts": "durch falsche Eingaben",
    "blocked_by.operator": "durch die Bank",
    "blocked_by.user": "durch Sie selbst",
    cancel: "Abbrechen",
    "cancel.done": "Der Code ist zurückgenommen.",
    "code.hide": "Ausblenden",
    "code.left": "Gültig noch {time}",
    "code.never": "Niemand von Ihrer Bank fragt je am Telefon oder per Nachricht nach diesem Code.",
    "code.pin": "PIN eingeben, um einen Sicherheitscode zu sehen",
    "code.title": "Sicherheitscode",
    "code.type": "Diesen Code auf der Seite Ihrer Bank eingeben",
    "compare.done": "Das neue Gerät macht jetzt weiter.",
    "compare.form": "Die Zahl hat vier Ziffern.",
    "compare.lead": "Geben Sie diese Zahl dort ein, wo Sie den Aktivierungscode angefordert haben. Die Aktivierung geht von selbst weiter.",
    "compare.other": "Zeigt das neue Gerät keine Zahl? Dann hat vielleicht jemand anderes Ihren Code verwendet. Nehmen Sie ihn zurück.",
    "compare.title": "Geräte vergleichen",
    "compare.why": "Fragt niemand nach dieser Zahl oder wird eine andere erwartet, hat vielleicht jemand anderes Ihren Code verwendet. Brechen Sie ab und rufen Sie Ihre Bank an.",
    "content.at": "Angefragt um",
    "content.bank": "Bank",
    continue: "Weiter",
    copied: "Kopiert",
    done: "Fertig",
    "enable.done": "Das Gerät ist wieder in Gebrauch.",
    "enroll.agreeing": "Mit Ihrer Bank wird ein Schlüssel vereinbart. Lassen Sie die App geöffnet.",
    "enroll.finish": "Jetzt abschließen",
    "enroll.pin": "Geben Sie die gewählte PIN ein",
    "enroll.proving": "Ihre Bank prüft den neuen Schlüssel …",
    "enroll.title": "Aktivierung",
    "enroll.unfinished": "Die Aktivierung ist fast fertig",
    "enroll.unfinished_more": "Der Schlüssel ist auf diesem Gerät. Ihre Bank muss ihn noch einmal prüfen.",
    "extend.done": "Der Code gilt jetzt länger.",
    "fault.ask": "Ihre Bank hat diese Aktivierung abgelehnt. Bitte rufen Sie die Kundenbetreuung an.",
    "fault.check_code": "Dieser Code wird nicht angenommen. Vielleicht wurde er schon verwendet, zurückgenommen oder durch einen neueren ersetzt. Ist es der neueste, fordern Sie einen neuen an.",
    "fault.code_at": "Bitte prüfen Sie den Code beim Zeichen {n}: Dort fehlt etwas oder ist zu viel.",
    "fault.code_character": "Bitte prüfen Sie Zeichen {n}: Ein Code hat nur die Ziffern 0 bis 9 und die Buchstaben A bis F.",
    "fault.code_checksum": "Im Code ist ein Tippfehler: Die Prüfziffern am Ende passen nicht. Bitte vergleichen Sie Gruppe für Gruppe.",
    "fault.code_short": "Das ist kein vollständiger Aktivierungscode. Bitte geben Sie ihn ganz ein.",
    "fault.limited": "Zu viele Versuche. Bitte warten Sie einen Moment.",
    "fault.mobiletoken.limit": "Sie haben so viele Geräte, wie Ihre Bank erlaubt. Entfernen Sie zuerst eines.",
    "fault.mobiletoken.migrating": "Dieses Gerät zieht bereits um.",
    "fault.mobiletoken.not_extendable": "Dieser Code lässt sich nicht verlängern. Fordern Sie einen neuen an.",
    "fault.new_code": "Die Zeit dieses Codes ist abgelaufen. Fordern Sie einen neuen an.",
    "fault.no_prf": "Ihr Gerät kann so keinen Schlüssel aufbewahren. Die PIN funktioniert weiter.",
    "fault.not_allowed": "Das wurde abgebrochen oder dauerte zu lange.",
    "fault.not_ours": "Dieser Code ist für eine andere App.",
    "fault.offline": "Der Server Ihrer Bank ist nicht erreichbar. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.",
    "fault.other": "Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.",
    "fault.picture": "Dieses Bild stammt nicht von Ihrer Bank oder ist veraltet. Fahren Sie damit nicht fort.",
    "fault.provisioning": "Die Antwort Ihrer Bank ließ sich nicht prüfen. Es wurde nichts gespeichert. Versuchen Sie es noch einmal, oder fragen Sie die Kundenbetreuung.",
    "fault.retry": "Ihre Bank konnte nicht abschließen. Bitte versuchen Sie es noch einmal.",
    "fault.strange": "Diese App versteht die Antwort nicht. Bitte aktualisieren Sie sie und versuchen Sie es noch einmal.",
    "fault.token.blocked": "Dieses Gerät ist gesperrt. Entsperren Sie es mit einem anderen Ihrer Geräte, oder rufen Sie Ihre Bank an.",
    "fault.token.clock": "Die Uhr dieses Geräts geht zu falsch. Bitte versuchen Sie es noch einmal.",
    "fault.token.not_possible": "Das Gerät, das ersetzt werden sollte, ist nicht mehr in Gebrauch. Fordern Sie einen neuen Aktivierungscode an.",
    "fault.token.nothing_to_confirm": "Diese Aktivierung ist bereits beendet. Fordern Sie einen neuen Aktivierungscode an.",
    "fault.token.too_late": "Die Zeit für diese Aktivierung ist abgelaufen. Fordern Sie einen neuen Aktivierungscode an.",
    "fault.token.too_many_attempts": "Es gab zu viele falsche Eingaben. Fordern Sie einen neuen Aktivierungscode an.",
    "fault.token.unknown": "Ihre Bank nimmt dieses Gerät zurzeit nicht an.",
    "fault.token.wrong_code": "Das wurde nicht angenommen. Prüfen Sie Ihre PIN: Falsche Eingaben werden gezählt.",
    "fault.update": "Diese App und der Server Ihrer Bank verstehen sich nicht. Bitte aktualisieren Sie die App.",
    "hand.copy": "Link kopieren",
    "hand.half": "Das ist die erste Hälfte. Die zweite Hälfte erhalten Sie auf anderem Weg.",
    "hand.lead": "Öffnen Sie die App auf dem anderen Gerät und scannen Sie dieses Bild, oder tippen Sie den Code ein.",
    "hand.picture": "QR-Bild mit dem Aktivierungslink",
    "hand.secret": "Zeigen Sie diesen Code niemandem. Wer ihn hat, kann ein Gerät in Ihrem Namen einrichten.",
    "hand.sent": "Der Code wurde Ihnen auf anderem Weg gesendet. Hier wird er nicht angezeigt.",
    "hand.title": "Aktivierungscode",
    "hand.typed": "Zum Eintippen",
    "hand.valid": "Gültig bis {time} (noch {left})",
    "history.activated": "Aktiviert",
    "history.archived": "Entfernt",
    "history.blocked": "Gesperrt",
    "history.code_extended": "Aktivierungscode verlängert",
    "history.code_issued": "Aktivierungscode ausgegeben",
    "history.code_tried": "Aktivierungscode versucht",
    "history.compared": "Zahl verglichen",
    "history.created": "Hinzugefügt",
    "history.disowned": "Als fremd gemeldet",
    "history.enabled": "Entsperrt",
    "history.migrated": "Auf neues Gerät umgezogen",
    "history.migration_abandoned": "Umzug abgebrochen",
    "history.migration_started": "Umzug auf neues Gerät begonnen",
    "history.provisioned": "Schlüssel erhalten",
    "history.redistributed": "Neu eingerichtet",
    "history.refused": "Aktivierung abgelehnt",
    "history.renamed": "Umbenannt",
    "history.withdrawn": "Aktivierungscode zurückgenommen",
    "home.lead": "Ihr Gerät ist bereit",
    "home.more": "Ein Sicherheitscode funktioniert auch ohne Netz.",
    "home.scan": "Bild der Bank scannen",
    "home.scan_note": "Freigeben ohne Netz",
    "home.show": "Sicherheitscode zeigen",
    "home.waiting": "Wartet auf Sie: {n}",
    "home.waiting_note": "Ansehen und freigeben oder ablehnen",
    "inbox.check": "Jetzt nachsehen",
    "inbox.checked": "Es wartet nichts.",
    "inbox.empty": "Nichts freizugeben",
    "inbox.empty_more": "Was Sie auf der Seite Ihrer Bank beginnen, erscheint hier von selbst.",
    "inbox.left": "noch {time}",
    "inbox.offline": "Ohne Netz können Sie das Bild scannen, das die Seite Ihrer Bank zeigt.",
    "inbox.title": "Freigaben",
    "inbox.without": "Ohne Netz",
    "install.act": "Installieren",
    "install.ios": "Legen Sie diese App auf den Home-Bildschirm: Tippen Sie auf Teilen, dann „Zum Home-Bildschirm“. Erst dann kommen Mitteilungen und bleibt ihr Schlüssel erhalten.",
    "install.title": "Auf den Startbildschirm legen",
    "install.why": "Eine installierte App bewahrt ihren Schlüssel sicherer auf und kann Sie benachrichtigen.",
    "kind.access": "Zugang zu Ihren Einstellungen",
    "kind.change": "Änderung Ihrer Daten",
    "kind.login": "Anmeldung",
    "kind.other": "Anfrage Ihrer Bank",
    "kind.payment": "Zahlung",
    "kind.registration": "Registrierung",
    "kind.self-service": "Zugang zu Ihren Einstellungen",
    "language.other": "English",
    "language.this": "Deutsch",
    later: "Später",
    "limits.cannot": "Was ein Browser nicht schützen kann",
    "limits.cannot1": "Die App ist das, was der Server der Bank ausliefert. Wer diesen Server beherrscht, könnte sie verändern.",
    "limits.cannot2": "Ihre Daten liegen im Speicher des Browsers, nicht in einem Sicherheitschip. Programme, die dieses Gerät ausspähen, können bei der PIN-Eingabe mitlesen.",
    "limits.cannot3": "Ein Browser kann den Speicher einer App löschen, wenn Platz fehlt oder wenn Sie Websitedaten löschen. Dann brauchen Sie einen neuen Aktivierungscode.",
    "limits.cannot4": "Arbeitsspeicher lässt sich nicht mit Sicherheit löschen. Die App überschreibt, was sie kann.",
    "limits.cannot5": "Mitteilungen können sich verspäten oder ausbleiben. Sehen Sie in der App nach, wenn Sie auf etwas warten.",
    "limits.does": "Was diese App tut",
    "limits.does1": "Ihr Schlüssel liegt verschlüsselt unter Ihrer PIN. Nichts auf diesem Gerät verrät, ob eine PIN stimmt: Nur die Bank weiß es, und sie zählt falsche.",
    "limits.does2": "Ihre PIN verlässt dieses Gerät nie.",
    "limits.does3": "Sie geben genau das frei, was Sie gelesen haben: Betrag, Empfänger und Bank sind Teil der Signatur.",
    "limits.does4": "Keine andere Website kann ihre Daten lesen, und sie lädt nichts von anderswo.",
    "limits.lead": "Diese App läuft in Ihrem Browser. Sie sagt offen, was das bedeutet.",
    "limits.note": "Was ein Browser kann und was nicht",
    "limits.title": "Wie diese App Sie schützt",
    "limits.you": "Was Sie tun können",
    "limits.you1": "Halten Sie System und Browser aktuell, und sperren Sie Ihr Gerät.",
    "limits.you2": "Wählen Sie eine PIN, die Sie sonst nirgends verwenden.",
    "limits.you3": "Richten Sie ein zweites Gerät ein, damit Sie dieses sperren können, wenn es verloren geht.",
    "match.form": "Die Zahl hat zwei Ziffern.",
    "match.hint": "Zwei Ziffern, jetzt auf der Seite Ihrer Bank",
    "match.label": "Welche Zahl zeigt die Seite Ihrer Bank?",
    "match.not_there": "Keine Zahl zu sehen? Dann hat vielleicht jemand anderes angefragt. Gehen Sie zurück und wählen Sie „Das war ich nicht“.",
    "match.title": "Zahl vergleichen",
    "migrate.keep": "Seriennummer behalten",
    "migrate.lead": "Sie erhalten einen Aktivierungscode für das neue Gerät.",
    "migrate.safe": "Dieses Gerät bleibt in Gebrauch, bis das neue sich bewährt hat. Bis dahin können Sie abbrechen.",
    "new.example": "Tablet in der Küche",
    "new.lead": "Jedes Gerät hat einen eigenen Schlüssel. Verlieren Sie eines, funktionieren die anderen weiter.",
    "new.name": "Name des neuen Geräts",
    "new.name_hint": "Damit Sie es wiedererkennen. Sie können das Feld leer lassen.",
    "new.title": "Gerät hinzufügen",
    "next.activate": "Aktivieren Sie dieses Gerät mit seinem Code.",
    "next.call": "Ihre Bank hat es gesperrt. Bitte rufen Sie die Kundenbetreuung an.",
    "next.compare": "Geben Sie die Zahl ein, die das neue Gerät zeigt.",
    "next.confirm": "Schließen Sie die Aktivierung auf jenem Gerät ab.",
    "next.enable": "Entsperren Sie es, wenn Sie es wiederhaben.",
    "next.renew": "Sein Code ist abgelaufen. Fordern Sie einen neuen an.",
    "not_me.done": "Ihre Bank ist informiert",
    "not_me.done_more": "Es wurde nichts ausgeführt. Kennt jemand Ihr Passwort, ändern Sie es jetzt.",
    "not_me.lead": "Jemand versucht, in Ihrem Namen zu handeln",
    "not_me.more": "Haben Sie das nicht begonnen, stoppt es Ihre Bank und prüft, was sonst noch geschieht.",
    "not_me.report": "Melden",
    "not_me.title": "Das war ich nicht",
    "offline.banner": "Keine Verbindung. Sicherheitscodes und das Bild der Bank funktionieren trotzdem.",
    "picture.answer": "Ihre Antwort",
    "picture.for": "Sie gibt frei: {what}",
    "picture.not_mine": "Das habe ich nicht angefragt",
    "picture.not_mine_more": "Geben Sie keinen Code ein. Schließen Sie jene Seite und rufen Sie {bank} unter der Ihnen bekannten Nummer an.",
    "picture.only_there": "Der Code gilt nur für diese Freigabe. Geben Sie ihn niemandem.",
    "picture.scan": "Bild der Bank scannen",
    "picture.scan_hint": "Richten Sie die Kamera auf das quadratische Bild auf der Seite Ihrer Bank.",
    "picture.type": "Diese Ziffern auf der Seite Ihrer Bank eingeben",
    "pin.again": "Noch einmal eingeben",
    "pin.biometry": "Fingerabdruck, Gesicht oder Gerätecode",
    "pin.choose": "Wählen Sie eine PIN mit {n} Ziffern",
    "pin.choose_between": "Wählen Sie eine PIN mit {min} bis {max} Ziffern",
    "pin.delete": "Letzte Ziffer löschen",
    "pin.differ": "Die beiden PINs waren nicht gleich. Bitte wählen Sie noch einmal.",
    "pin.entered": "{n} Ziffern eingegeben",
    "pin.hint": "Nehmen Sie eine, die Sie sonst nirgends verwenden, und merken Sie sie sich: Niemand kann sie Ihnen noch einmal nennen.",
    "pin.keys": "Ziffern",
    "pin.short": "Die PIN hat mindestens {n} Ziffern",
    "pin.title": "Ihre PIN",
    "prove.archive": "Ihre PIN bestätigt das Entfernen",
    "prove.biometry": "Geben Sie ein letztes Mal Ihre PIN ein",
    "prove.compare": "Ihre PIN bestätigt das neue Gerät",
    "prove.enable": "Ihre PIN bestätigt das Entsperren",
    "prove.extend": "Ihre PIN bestätigt die Verlängerung",
    "prove.migrate": "Ihre PIN bestätigt den Umzug",
    "prove.new": "Ihre PIN bestätigt das neue Gerät",
    "prove.pin": "Geben Sie nun Ihre bisherige PIN ein",
    "prove.redistribute": "Ihre PIN bestätigt das neue Einrichten",
    "prove.renew": "Ihre PIN bestätigt den neuen Code",
    "push.denied": "In den Einstellungen des Browsers verboten",
    "push.gone": "Es wartet nichts mehr.",
    "push.look": "Öffnen Sie die App und sehen Sie nach.",
    "push.not_offered": "Ihre Bank sendet keine",
    "push.off": "Aus",
    "push.on": "Ein: Sie erfahren, was wartet",
    "push.private": "Eine Mitteilung zeigt nie einen Betrag oder Namen. Was wartet, holt die App, wenn Sie sie öffnen.",
    "push.title": "Ihre Bank",
    "push.turn_off": "Ausschalten",
    "push.turn_on": "Einschalten",
    "push.unreachable": "Mitteilungen erreichen dieses Gerät nicht",
    "push.unsupported": "Dieser Browser hat keine Mitteilungen",
    "push.waiting": "Etwas wartet auf Ihre Freigabe.",
    "push.what": "Sie erfahren sofort, wenn etwas auf Ihre Freigabe wartet.",
    "push.without": "Ohne Mitteilungen sieht die App von selbst nach, solange sie geöffnet ist.",
    "ready.done": "Zur App",
    "ready.lead": "Dieses Gerät gibt jetzt für {bank} frei",
    "ready.more": "Nur Sie kennen die PIN. Vergessen Sie sie, richten Sie das Gerät neu ein.",
    "ready.offers": "Machen Sie es sich leichter",
    "ready.title": "Bereit",
    "refused.done": "Abgelehnt",
    "refused.done_more": "Es wurde nichts ausgeführt.",
    rejected: "Ihre Bank nimmt dieses Gerät zurzeit nicht an. Vielleicht ist es gesperrt oder entfernt. Ein anderes Ihrer Geräte oder die Kundenbetreuung weiß mehr.",
    "rejected.title": "Dieses Gerät ist nicht in Gebrauch",
    "remove.act": "Von diesem Gerät löschen",
    "remove.done": "Hier ist alles von dieser App gelöscht.",
    "remove.note": "Seinen Schlüssel von diesem Gerät löschen",
    "remove.title": "Token hier löschen",
    "remove.warning": "Der Schlüssel wird von diesem Gerät gelöscht, die Bank führt es aber weiter als Ihres. Um es auch dort zu beenden, nutzen Sie „Endgültig entfernen“ bei Ihren Geräten.",
    "rename.done": "Umbenannt.",
    "rename.hint": "Nur Sie sehen ihn.",
    "rename.label": "Name dieses Geräts",
    save: "Speichern",
    "scan.file": "Bild auswählen",
    "scan.is_picture": "Dieses Bild ist für eine Freigabe. Aktivieren Sie zuerst dieses Gerät.",
    "scan.no_camera": "Die Kamera kann hier nicht verwendet werden. Wählen Sie stattdessen ein Bild von diesem Gerät.",
    "scan.no_picture": "Das ist kein Bild für eine Freigabe.",
    "scan.nothing": "In diesem Bild ist kein Code zu finden. Nehmen Sie es größer und schärfer auf.",
    "scan.video": "Bild der Kamera",
    "settings.biometry": "Fingerabdruck oder Gesicht",
    "settings.biometry_why": "Anstelle der PIN auf diesem Gerät",
    "settings.clock": "Die Uhr dieses Geräts geht um {time} falsch. Die App rechnet mit der Zeit Ihrer Bank.",
    "settings.language": "Sprache",
    "settings.notify": "Mitteilungen",
    "settings.notify_why": "Sofort erfahren, was wartet",
    "settings.pin": "PIN ändern",
    "settings.pin_done": "Die neue PIN gilt ab jetzt.",
    "settings.pin_note": "Braucht eine Verbindung",
    "settings.safety": "Sicherheit",
    "settings.storage": "Dieser Browser darf die Daten der App löschen, wenn Platz fehlt. Installieren Sie die App, um das zu verhindern.",
    "settings.this": "Dieses Gerät",
    "settings.title": "Einstellungen",
    "settings.version": "Version {version} · Seriennummer {serial}",
    "state.active": "Aktiv",
    "state.archived": "Entfernt",
    "state.blocked": "Gesperrt",
    "state.code_issued": "Wartet auf Aktivierung",
    "state.created": "Noch ohne Code",
    "state.migrating": "Zieht um",
    "state.provisioning": "Wird aktiviert",
    "status.blocked": "Zu viele falsche Eingaben: Dieses Gerät ist gesperrt.",
    "status.cancelled": "Das wurde abgebrochen.",
    "status.expired": "Die Zeit dafür ist abgelaufen.",
    "status.other": "Ihre Bank hat die Freigabe nicht angenommen.",
    "status.refused": "Das wurde bereits abgelehnt.",
    "status.reported": "Das wurde bereits gemeldet.",
    "status.superseded": "Eine neuere Anfrage ist an seine Stelle getreten.",
    "status.wrong": "Die PIN oder die Zahl war falsch.",
    "tab.code": "Code",
    "tab.inbox": "Freigaben",
    "tab.settings": "Einstellungen",
    "tab.tokens": "Geräte",
    "tab.waiting": "wartend",
    tabs: "Bereiche",
    "token.code": "Aktivierungscode",
    "token.code_until": "gültig bis {time}",
    "token.created": "Eingerichtet",
    "token.model": "Gerät",
    "token.name": "Name",
    "token.never": "Nie",
    "token.serial": "Seriennummer",
    "token.state": "Zustand",
    "token.this": "Das ist das Gerät in Ihrer Hand.",
    "token.title": "Gerät",
    "token.unnamed": "Gerät ohne Namen",
    "token.until": "Gesperrt bis",
    "token.used": "Zuletzt verwendet",
    "tokens.archived": "Entfernt",
    "tokens.new": "Gerät hinzufügen",
    "tokens.new_hint": "Ein zweites Gerät hilft, wenn dieses verloren geht.",
    "tokens.others": "Ihre anderen Geräte",
    "tokens.this": "Dieses Gerät",
    "tokens.title": "Ihre Geräte",
    "update.act": "Aktualisieren",
    "update.ready": "Eine neue Version ist bereit.",
    "wait.left": "noch {time}",
    "wait.text": "Jeder Code gilt nur einmal. Der nächste kommt gleich.",
    "weak.anyway": "Trotzdem verwenden",
    "weak.common": "Das ist eine der PINs, die viele Menschen wählen.",
    "weak.other": "Andere PIN wählen",
    "weak.pattern": "Ihre Ziffern folgen einem einfachen Muster.",
    "weak.row": "Ihre Ziffern stehen in einer Reihe, wie 1234.",
    "weak.same": "Alle ihre Ziffern sind gleich.",
    "weak.title": "Diese PIN ist leicht zu erraten",
    "weak.why": "Wer Ihr Gerät findet, würde sie zuerst versuchen.",
    "weak.year": "Sie sieht aus wie ein Jahr oder ein Datum.",
    "welcome.activate": "Dieses Gerät aktivieren",
    "welcome.insecure": "Diese Seite wurde nicht über eine sichere Verbindung geöffnet. Sie kann keinen Schlüssel aufbewahren.",
    "welcome.lead": "Geben Sie Anmeldungen und Zahlungen mit diesem Gerät frei",
    "welcome.more": "Sie sehen genau, was Sie freigeben.",
    "welcome.step1": "Halten Sie Ihren Aktivierungscode bereit.",
    "welcome.step2": "Wählen Sie eine PIN, die nur Sie kennen.",
    "welcome.step3": "Fertig: Das Gerät hat einen eigenen Schlüssel.",
    "who.client": "die Bank",
    "who.customer": "Sie",
    "who.staff": "die Bank",
    "who.system": "von selbst",
    working: "Einen Moment …"
  };

  // app/text/en.json
  var en_default = {
    "abandon.done": "The move has been stopped. Your former device stays in use.",
    "act.abandon": "Stop the move",
    "act.abandon_note": "The former device stays in use",
    "act.archive": "Remove for good",
    "act.archive_note": "Its key is destroyed at the bank",
    "act.archive_this": "This device will not approve anything any more",
    "act.block": "Block",
    "act.block_note": "At once, for example when it is lost",
    "act.cancel": "Take the code back",
    "act.cancel_note": "Nobody can use it any more",
    "act.compare": "Number on the new device",
    "act.compare_note": "Four digits that the new device shows",
    "act.enable": "Unblock",
    "act.enable_note": "Set it going again",
    "act.extend": "Give the code more time",
    "act.extend_note": "The same code stays valid for longer",
    "act.history": "History",
    "act.migrate": "Move to a new device",
    "act.migrate_note": "This one works until the new one is ready",
    "act.redistribute": "Set up again",
    "act.redistribute_note": "For a forgotten PIN or a reset device",
    "act.rename": "Rename",
    "act.renew": "New activation code",
    "act.renew_note": "The former code ends",
    "activate.code": "Activation code",
    "activate.code_hint": "As it is printed or shown. Capitals and dashes do not matter.",
    "activate.failed": "This device is not active yet",
    "activate.halves": "My code came in two parts",
    "activate.lead": "You find your activation code in a letter, in your online banking, or on a device that is active already.",
    "activate.never": "Your bank never calls to ask for this code. Enter it only here.",
    "activate.or": "Or type it",
    "activate.other": "Use another code",
    "activate.scan": "Scan the picture",
    "activate.scan_hint": "Point the camera at the square picture that came with your activation code.",
    "activate.second": "Second part",
    "activate.second_hint": "For example from a text message",
    "activate.second_lead": "This is the first part of your activation code. The second part came to you another way.",
    "activate.title": "Activate this device",
    again: "Try again",
    "approve.approve": "Approve",
    "approve.check": "Approve only what you have started yourself. If something is not as you entered it, refuse.",
    "approve.control": "The page of your bank must show the same number:",
    "approve.done": "Approved",
    "approve.done_more": "You can go on at your bank’s page.",
    "approve.lead": "{bank} asks you to approve:",
    "approve.not_done": "Not approved",
    "approve.not_done_more": "Nothing has been carried out.",
    "approve.not_me": "It wasn’t me",
    "approve.over": "The time for this is over",
    "approve.over_more": "Nothing has been carried out. Start again at your bank’s page.",
    "approve.pin": "Your PIN approves: {what}",
    "approve.refuse": "Refuse",
    "approve.sending": "Sending your approval …",
    "approve.strange": "This app cannot show what is asked",
    "approve.strange_more": "What cannot be shown whole cannot be approved here. Update the app, or refuse.",
    "archive.done": "The device has been removed.",
    "archive.gone": "This device is removed",
    "archive.gone_more": "Its key has been destroyed here and at the bank.",
    "archive.other": "This cannot be undone. To use that device again, it needs a new activation code.",
    "archive.this": "You are about to remove the very device in your hand. If it is your last one, you can approve nothing any more until your bank has given you a new activation code.",
    "archive.title": "Remove {name}?",
    back: "Back",
    "biometry.asking": "Your device asks for you …",
    "biometry.cannot": "This browser or device cannot do it",
    "biometry.done": "From now on your device’s own check can stand for the PIN.",
    "biometry.is_off": "Off: the PIN is asked for",
    "biometry.limits": "Whoever can unlock this device as you do can then approve as you do. Leave it off if you share the device.",
    "biometry.off": "Approve by fingerprint or face",
    "biometry.on": "On: fingerprint, face or device code",
    "biometry.pin_stays": "Your PIN stays valid. Your fingerprint or face never leaves the device.",
    "biometry.turn_off": "Turn off",
    "biometry.turn_on": "Turn on",
    "biometry.what": "Your device checks who you are, and opens the key of this app.",
    "block.done": "The device is blocked.",
    "block.other": "It can approve nothing until you unblock it from another device.",
    "block.this": "This is the device in your hand. It can approve nothing any more, and only another device or your bank can unblock it.",
    "block.title": "Block {name}?",
    "blocked_by.attempts": "by wrong entries",
    "blocked_by.operator": "by the bank",
    "blocked_by.user": "by yourself",
    cancel: "Cancel",
    "cancel.done": "The code has been taken back.",
    "code.hide": "Hide",
    "code.left": "Valid for {time}",
    "code.never": "Nobody from your bank ever asks for this code by telephone or message.",
    "code.pin": "Enter your PIN to see a secure code",
    "code.title": "Secure code",
    "code.type": "Type this code at your bank’s page",
    "compare.done": "The new device goes on now.",
    "compare.form": "The number has four digits.",
    "compare.lead": "Type this number where you asked for the activation code. The activation goes on by itself.",
    "compare.other": "Does the new device show no number? Then somebody else may have used your code. Take it back.",
    "compare.title": "Compare the devices",
    "compare.why": "If nobody asks you for this number, or another one is expected, somebody else may have used your code. Stop and call your bank.",
    "content.at": "Asked at",
    "content.bank": "Bank",
    continue: "Continue",
    copied: "Copied",
    done: "Done",
    "enable.done": "The device can be used again.",
    "enroll.agreeing": "A key is being agreed with your bank. Keep the app open.",
    "enroll.finish": "Finish now",
    "enroll.pin": "Enter the PIN that you chose",
    "enroll.proving": "Your bank checks the new key …",
    "enroll.title": "Activation",
    "enroll.unfinished": "The activation is almost done",
    "enroll.unfinished_more": "The key is on this device. Your bank has to check it once.",
    "extend.done": "The code is valid for longer now.",
    "fault.ask": "Your bank has refused this activation. Please call the help desk.",
    "fault.check_code": "This code is not accepted. It may have been used, taken back or replaced by a newer one. Ask for a new one if it is the latest.",
    "fault.code_at": "Please check the code near character {n}: something is missing or too much.",
    "fault.code_character": "Please check character {n}: a code has the digits 0 to 9 and the letters A to F only.",
    "fault.code_checksum": "There is a typing error in the code: the check digits at its end do not match. Please compare it group by group.",
    "fault.code_short": "This is not a whole activation code. Please type all of it.",
    "fault.limited": "Too many attempts. Please wait a moment.",
    "fault.mobiletoken.limit": "You have as many devices as your bank allows. Remove one first.",
    "fault.mobiletoken.migrating": "This device is being moved already.",
    "fault.mobiletoken.not_extendable": "This code cannot get more time. Ask for a new one.",
    "fault.new_code": "The time of this code is over. Ask for a new one.",
    "fault.no_prf": "Your device cannot keep a key this way. The PIN goes on working.",
    "fault.not_allowed": "That was cancelled, or took too long.",
    "fault.not_ours": "This code is for another app.",
    "fault.offline": "Your bank’s server cannot be reached. Check the connection and try again.",
    "fault.other": "That did not work. Please try again.",
    "fault.picture": "This picture does not come from your bank, or is an old one. Do not go on with it.",
    "fault.provisioning": "Your bank’s answer could not be verified. Nothing was stored. Please try again, or ask the help desk.",
    "fault.retry": "Your bank could not finish. Please try again.",
    "fault.strange": "This app does not understand what came. Please update it and try again.",
    "fault.token.blocked": "This device is blocked. Unblock it with another device of yours, or call your bank.",
    "fault.token.clock": "The clock of this device is too far off. Please try again.",
    "fault.token.not_possible": "The device that this one was to replace is not in use any more. Ask for a new activation code.",
    "fault.token.nothing_to_confirm": "This activation is over already. Ask for a new activation code.",
    "fault.token.too_late": "The time for this activation is over. Ask for a new activation code.",
    "fault.token.too_many_attempts": "There were too many wrong entries. Ask for a new activation code.",
    "fault.token.unknown": "Your bank does not accept this device at present.",
    "fault.token.wrong_code": "That was not accepted. Check your PIN: wrong entries are counted.",
    "fault.update": "This app and your bank’s server do not understand each other. Please update the app.",
    "hand.copy": "Copy the link",
    "hand.half": "This is the first half. The second half comes to you another way.",
    "hand.lead": "Open the app on the other device and scan this picture, or type the code.",
    "hand.picture": "QR picture with the activation link",
    "hand.secret": "Show this code to nobody. Whoever has it can set up a device in your name.",
    "hand.sent": "The code has been sent to you another way. It is not shown here.",
    "hand.title": "Activation code",
    "hand.typed": "To type",
    "hand.valid": "Valid until {time} ({left} left)",
    "history.activated": "Activated",
    "history.archived": "Removed",
    "history.blocked": "Blocked",
    "history.code_extended": "Activation code given more time",
    "history.code_issued": "Activation code issued",
    "history.code_tried": "Activation code tried",
    "history.compared": "Number compared",
    "history.created": "Added",
    "history.disowned": "Reported as not yours",
    "history.enabled": "Unblocked",
    "history.migrated": "Moved to a new device",
    "history.migration_abandoned": "Move stopped",
    "history.migration_started": "Move to a new device started",
    "history.provisioned": "Key received",
    "history.redistributed": "Set up again",
    "history.refused": "Activation refused",
    "history.renamed": "Renamed",
    "history.withdrawn": "Activation code taken back",
    "home.lead": "Your device is ready",
    "home.more": "A secure code works without a network, too.",
    "home.scan": "Scan the bank’s picture",
    "home.scan_note": "Approve without a network",
    "home.show": "Show secure code",
    "home.waiting": "Waiting for you: {n}",
    "home.waiting_note": "Look at it and approve or refuse",
    "inbox.check": "Check now",
    "inbox.checked": "Nothing is waiting.",
    "inbox.empty": "Nothing to approve",
    "inbox.empty_more": "What you start at your bank’s page appears here by itself.",
    "inbox.left": "{time} left",
    "inbox.offline": "Without a network you can scan the picture that your bank’s page shows.",
    "inbox.title": "Approvals",
    "inbox.without": "Without a network",
    "install.act": "Install",
    "install.ios": "Put this app on your home screen: tap Share, then “Add to Home Screen”. Only then do notifications come and does its key stay.",
    "install.title": "Put it on the home screen",
    "install.why": "An installed app keeps its key more safely and can notify you.",
    "kind.access": "Access to your settings",
    "kind.change": "Change of your data",
    "kind.login": "Log in",
    "kind.other": "Request of your bank",
    "kind.payment": "Payment",
    "kind.registration": "Registration",
    "kind.self-service": "Access to your settings",
    "language.other": "Deutsch",
    "language.this": "English",
    later: "Later",
    "limits.cannot": "What a browser cannot protect",
    "limits.cannot1": "The app is what the bank’s server says it is. Whoever controls that server could change it.",
    "limits.cannot2": "Its files lie in your browser’s storage, not in a security chip. Programs that spy on this device can read along when you enter your PIN.",
    "limits.cannot3": "A browser may delete an app’s storage when space is short, or when you clear site data. Then you need a new activation code.",
    "limits.cannot4": "Memory cannot be wiped for certain. The app overwrites what it can.",
    "limits.cannot5": "Notifications may be late or missing. Look into the app when you wait for something.",
    "limits.does": "What this app does",
    "limits.does1": "Your key rests encrypted under your PIN. Nothing on this device tells whether a PIN is right: only the bank knows, and it counts wrong ones.",
    "limits.does2": "Your PIN never leaves this device.",
    "limits.does3": "You approve exactly what you have read: amount, payee and bank are part of the signature.",
    "limits.does4": "No other website can read its data, and it loads nothing from elsewhere.",
    "limits.lead": "This app runs in your browser. It is honest about what that means.",
    "limits.note": "What a browser can do, and what not",
    "limits.title": "How this app protects you",
    "limits.you": "What you can do",
    "limits.you1": "Keep the system and the browser up to date, and lock your device.",
    "limits.you2": "Choose a PIN that you use nowhere else.",
    "limits.you3": "Have a second device, so that you can block this one when it is lost.",
    "match.form": "The number has two digits.",
    "match.hint": "Two digits, shown at your bank’s page now",
    "match.label": "Which number does your bank’s page show?",
    "match.not_there": "No number there? Then somebody else may have asked. Go back and choose “It wasn’t me”.",
    "match.title": "Compare the number",
    "migrate.keep": "Keep the serial number",
    "migrate.lead": "You get an activation code for the new device.",
    "migrate.safe": "This device stays in use until the new one has proved itself. You can stop until then.",
    "new.example": "Tablet in the kitchen",
    "new.lead": "Each device has a key of its own. If you lose one, the others go on working.",
    "new.name": "Name of the new device",
    "new.name_hint": "So that you know it again. You can leave it empty.",
    "new.title": "Add a device",
    "next.activate": "Activate this device with its code.",
    "next.call": "Your bank has blocked it. Please call the help desk.",
    "next.compare": "Type the number that the new device shows.",
    "next.confirm": "Finish the activation on that device.",
    "next.enable": "Unblock it when you have it back.",
    "next.renew": "Its code has ended. Ask for a new one.",
    "not_me.done": "Your bank has been told",
    "not_me.done_more": "Nothing has been carried out. If somebody knows your password, change it now.",
    "not_me.lead": "Somebody tries to act in your name",
    "not_me.more": "If you have not started this, your bank stops it and looks at what else happens.",
    "not_me.report": "Report it",
    "not_me.title": "It wasn’t me",
    "offline.banner": "No connection. Secure codes and the bank’s picture work all the same.",
    "picture.answer": "Your answer",
    "picture.for": "It approves: {what}",
    "picture.not_mine": "I have not asked for this",
    "picture.not_mine_more": "Do not type any code. Close that page and call {bank} at the number that you know.",
    "picture.only_there": "The code is good for this approval only. Give it to nobody.",
    "picture.scan": "Scan the bank’s picture",
    "picture.scan_hint": "Point the camera at the square picture at your bank’s page.",
    "picture.type": "Type these digits at your bank’s page",
    "pin.again": "Enter it once more",
    "pin.biometry": "Fingerprint, face or device code",
    "pin.choose": "Choose a PIN of {n} digits",
    "pin.choose_between": "Choose a PIN of {min} to {max} digits",
    "pin.delete": "Delete the last digit",
    "pin.differ": "The two PINs were not the same. Please choose again.",
    "pin.entered": "{n} digits entered",
    "pin.hint": "Take one that you use nowhere else, and remember it: nobody can tell it to you again.",
    "pin.keys": "Digits",
    "pin.short": "The PIN has at least {n} digits",
    "pin.title": "Your PIN",
    "prove.archive": "Your PIN confirms the removal",
    "prove.biometry": "Enter your PIN one last time",
    "prove.compare": "Your PIN confirms the new device",
    "prove.enable": "Your PIN confirms the unblocking",
    "prove.extend": "Your PIN confirms the longer time",
    "prove.migrate": "Your PIN confirms the move",
    "prove.new": "Your PIN confirms the new device",
    "prove.pin": "Now enter your present PIN",
    "prove.redistribute": "Your PIN confirms the new set-up",
    "prove.renew": "Your PIN confirms the new code",
    "push.denied": "Forbidden in the settings of the browser",
    "push.gone": "Nothing is waiting any more.",
    "push.look": "Open the app and look.",
    "push.not_offered": "Your bank sends none",
    "push.off": "Off",
    "push.on": "On: you hear of what waits",
    "push.private": "A notification never shows an amount or a name. The app fetches what waits when you open it.",
    "push.title": "Your bank",
    "push.turn_off": "Turn off",
    "push.turn_on": "Turn on",
    "push.unreachable": "Notifications do not reach this device",
    "push.unsupported": "This browser has no notifications",
    "push.waiting": "Something waits for your approval.",
    "push.what": "You hear at once when something waits for your approval.",
    "push.without": "Without notifications the app looks by itself as long as it is open.",
    "ready.done": "To the app",
    "ready.lead": "This device now approves for {bank}",
    "ready.more": "Only you know the PIN. If you forget it, you set the device up again.",
    "ready.offers": "Make it easier",
    "ready.title": "Ready",
    "refused.done": "Refused",
    "refused.done_more": "Nothing has been carried out.",
    rejected: "Your bank does not accept this device at present. It may be blocked or removed. Another device of yours, or the help desk, can tell you more.",
    "rejected.title": "This device is not in use",
    "remove.act": "Delete from this device",
    "remove.done": "Everything of this app has been deleted here.",
    "remove.note": "Delete its key from this device",
    "remove.title": "Delete the token here",
    "remove.warning": "The key is deleted from this device, and the bank still lists it as yours. To end it there as well, use “Remove for good” among your devices.",
    "rename.done": "Renamed.",
    "rename.hint": "Only you see it.",
    "rename.label": "Name of this device",
    save: "Save",
    "scan.file": "Choose a picture",
    "scan.is_picture": "This picture is for an approval. Activate this device first.",
    "scan.no_camera": "The camera cannot be used here. Choose a picture from this device instead.",
    "scan.no_picture": "This is not a picture for an approval.",
    "scan.nothing": "There is no code to be found in this picture. Take it larger and sharper.",
    "scan.video": "Picture of the camera",
    "settings.biometry": "Fingerprint or face",
    "settings.biometry_why": "Instead of the PIN on this device",
    "settings.clock": "The clock of this device is wrong by {time}. The app reckons with your bank’s time.",
    "settings.language": "Language",
    "settings.notify": "Notifications",
    "settings.notify_why": "Hear at once of what waits",
    "settings.pin": "Change the PIN",
    "settings.pin_done": "The new PIN is in use from now on.",
    "settings.pin_note": "Needs a connection",
    "settings.safety": "Safety",
    "settings.storage": "This browser may delete the app’s data when space is short. Install the app to prevent that.",
    "settings.this": "This device",
    "settings.title": "Settings",
    "settings.version": "Version {version} · Serial number {serial}",
    "state.active": "Active",
    "state.archived": "Removed",
    "state.blocked": "Blocked",
    "state.code_issued": "Awaits activation",
    "state.created": "No code yet",
    "state.migrating": "Being moved",
    "state.provisioning": "Being activated",
    "status.blocked": "Too many wrong entries: this device is blocked.",
    "status.cancelled": "This has been cancelled.",
    "status.expired": "The time for this is over.",
    "status.other": "Your bank has not accepted the approval.",
    "status.refused": "This has been refused before.",
    "status.reported": "This has been reported before.",
    "status.superseded": "A newer request has taken its place.",
    "status.wrong": "The PIN or the number was wrong.",
    "tab.code": "Code",
    "tab.inbox": "Approvals",
    "tab.settings": "Settings",
    "tab.tokens": "Devices",
    "tab.waiting": "waiting",
    tabs: "Sections",
    "token.code": "Activation code",
    "token.code_until": "valid until {time}",
    "token.created": "Set up",
    "token.model": "Device",
    "token.name": "Name",
    "token.never": "Never",
    "token.serial": "Serial number",
    "token.state": "State",
    "token.this": "This is the device in your hand.",
    "token.title": "Device",
    "token.unnamed": "Device without a name",
    "token.until": "Blocked until",
    "token.used": "Last used",
    "tokens.archived": "Removed",
    "tokens.new": "Add a device",
    "tokens.new_hint": "A second device helps when this one is lost.",
    "tokens.others": "Your other devices",
    "tokens.this": "This device",
    "tokens.title": "Your devices",
    "update.act": "Update",
    "update.ready": "A new version is ready.",
    "wait.left": "{time} left",
    "wait.text": "Every code is good for one use. The next one comes in a moment.",
    "weak.anyway": "Use it all the same",
    "weak.common": "This is one of the PINs that many people choose.",
    "weak.other": "Choose another PIN",
    "weak.pattern": "Its digits follow a simple pattern.",
    "weak.row": "Its digits stand in a row, such as 1234.",
    "weak.same": "All its digits are the same.",
    "weak.title": "This PIN is easily guessed",
    "weak.why": "Whoever finds your device would try it first.",
    "weak.year": "It looks like a year or a date.",
    "welcome.activate": "Activate this device",
    "welcome.insecure": "This page was not opened over a secure connection. It cannot keep a key.",
    "welcome.lead": "Approve logins and payments with this device",
    "welcome.more": "You see exactly what you approve.",
    "welcome.step1": "Have your activation code ready.",
    "welcome.step2": "Choose a PIN that only you know.",
    "welcome.step3": "Done: the device has a key of its own.",
    "who.client": "the bank",
    "who.customer": "you",
    "who.staff": "the bank",
    "who.system": "by itself",
    working: "One moment …"
  };

  // app/text/text.ts
  var all = { en: en_default, de: de_default };
  var languageOf = (tag) => tag.toLowerCase().startsWith("de") ? "de" : "en";
  function textsIn(language) {
    return (key, values = {}) => all[language][key].replace(/\{(\w+)\}/g, (whole2, name) => values[name] ?? whole2);
  }
  var When = class {
    constructor(language) {
      this.language = language;
    }
    // day and time of day, in the device's zone.
    full(at) {
      return new Intl.DateTimeFormat(this.language, { dateStyle: "medium", timeStyle: "short" }).format(at);
    }
    // left is a length of time in its largest unit: "6 days", "12 minutes".
    left(milliseconds) {
      let seconds = Math.max(0, milliseconds / 1e3), [value, unit] = seconds >= 172800 ? [seconds / 86400, "day"] : seconds >= 7200 ? [seconds / 3600, "hour"] : seconds >= 120 ? [seconds / 60, "minute"] : [seconds, "second"];
      return new Intl.NumberFormat(this.language, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 }).format(Math.floor(value));
    }
  };

  // app/test/texts.ts
  var holes = (text2) => (text2.match(/\{\w+\}/g) ?? []).sort().join();
  function texts(s) {
    s.add("texts have the same keys and holes", () => {
      equal(Object.keys(de_default).sort().join(), Object.keys(en_default).sort().join());
      for (let key of Object.keys(en_default)) equal(`${key} ${holes(de_default[key])}`, `${key} ${holes(en_default[key])}`);
    }), s.add("texts are filled in", () => equal(textsIn("en")("pin.short", { n: "6" }), "The PIN has at least 6 digits")), s.add("texts keep what is filled in as it is", () => equal(textsIn("en")("approve.pin", { what: "{n} $&" }).endsWith("{n} $&"), !0)), s.add("language of a tag", () => equal(["de-AT", "DE", "fr", "en-GB", ""].map(languageOf).join(), "de,de,en,en,en")), s.add("length of time in its unit", () => equal([3e4, 3e5, 9e6, 6e8].map((x) => new When("en").left(x)).join(), "30 seconds,5 minutes,2 hours,6 days"));
  }

  // app/test/main.ts
  async function appTests(m) {
    let s = new Suite();
    return codes(s, m.activation), keys(s), approvals(s, m.signed), protocol(s), texts(s), s.run();
  }
  Object.assign(globalThis, { appTests });
})();
