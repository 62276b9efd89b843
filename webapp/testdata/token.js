"use strict";
(() => {
  // token/octets.ts
  var none = new Uint8Array(0);
  function concat(...parts) {
    let all = parts.map((p) => typeof p == "string" ? utf8(p) : p), out = new Uint8Array(all.reduce((n, p) => n + p.length, 0)), at = 0;
    for (let p of all)
      out.set(p, at), at += p.length;
    return out;
  }
  function utf8(text3) {
    return new Uint8Array(new TextEncoder().encode(text3));
  }
  function text(octets) {
    return new TextDecoder("utf-8", { fatal: !0, ignoreBOM: !1 }).decode(octets);
  }
  function hex(octets) {
    return Array.from(octets, (b) => b.toString(16).padStart(2, "0")).join("");
  }
  function fromHex(digits) {
    if (!/^([0-9a-fA-F]{2})*$/.test(digits)) throw new RangeError("this is no even number of hexadecimal digits");
    return Uint8Array.from(digits.match(/../g) ?? [], (d) => parseInt(d, 16));
  }
  function base64(octets) {
    return btoa(Array.from(octets, (b) => String.fromCharCode(b)).join(""));
  }
  function fromBase64(value) {
    let packed = value.replace(/[ \t\r\n]/g, "");
    if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) throw new RangeError("this is no base64");
    return Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  }
  function uint32(value) {
    let out = new Uint8Array(4);
    return new DataView(out.buffer).setUint32(0, value), out;
  }
  function uint64(value) {
    if (value < 0n || value >= 1n << 64n) throw new RangeError("a counter has 64 bits");
    let out = new Uint8Array(8);
    return new DataView(out.buffer).setBigUint64(0, value), out;
  }
  function xor(a, b) {
    if (a.length !== b.length) throw new RangeError("only octet strings of one length can be combined");
    return Uint8Array.from(a, (x, i) => x ^ b[i]);
  }
  function same(a, b) {
    let different = a.length ^ b.length;
    for (let i = 0; i < a.length && i < b.length; i++) different |= a[i] ^ b[i];
    return different === 0;
  }
  function wipe(...secrets) {
    for (let s of secrets) s?.fill(0);
  }

  // token/fault.ts
  var Fault = class extends Error {
    constructor(why, message2, status) {
      super(message2);
      this.why = why;
      this.status = status;
    }
  }, malformed = (what) => new Fault("malformed", what), unacceptable = (what) => new Fault("unacceptable", what), unverified = (what) => new Fault("unverified", what);
  async function readable(what, f) {
    try {
      return await f();
    } catch (e) {
      throw e instanceof Fault ? e : malformed(`${what}: ${e instanceof Error ? e.message : "unreadable"}`);
    }
  }

  // token/names.ts
  var ns = {
    dskpp: "urn:ietf:params:xml:ns:keyprov:dskpp",
    pskc: "urn:ietf:params:xml:ns:keyprov:pskc",
    ds: "http://www.w3.org/2000/09/xmldsig#",
    xenc: "http://www.w3.org/2001/04/xmlenc#",
    xenc11: "http://www.w3.org/2009/xmlenc11#",
    xsi: "http://www.w3.org/2001/XMLSchema-instance",
    pkcs5: ["http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#", "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5#"]
  }, media = "application/dskpp+xml", pskcPackage = ns.dskpp + ":pskc-key-container", keyTypes = { hotp: ns.pskc + ":hotp", totp: ns.pskc + ":totp", ocra: ns.pskc + ":ocra" }, ciphers = {
    oaep: ns.xenc + "rsa-oaep-mgf1p",
    wrap: ns.xenc + "kw-aes128",
    cbc: ns.xenc + "aes128-cbc"
  }, methods = "urn:ietf:params:xml:schema:keyprov:dskpp:", protections = { transport: methods + "transport", wrap: methods + "wrap", passphrase: methods + "passphrase-wrap" };

  // token/http.ts
  async function send(s, url, body) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await post(s, url, body);
      } catch (e) {
        if (!(e instanceof Fault) || e.why !== "transport" || attempt >= s.attempts) throw e;
      }
      await s.pause(attempt);
    }
  }
  async function post(s, url, body) {
    let init = { method: "POST", headers: { "Content-Type": media, Accept: media, "Cache-Control": "no-cache, no-store", Pragma: "no-cache" }, body, cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" }, response2, answer;
    try {
      response2 = await s.fetch(url, init), answer = new Uint8Array(await response2.arrayBuffer());
    } catch {
      throw new Fault("transport", "the server did not answer");
    }
    if (response2.status >= 500) throw new Fault("transport", `the server failed with status ${response2.status}`);
    let kind = (response2.headers.get("Content-Type") ?? "").split(";")[0]?.trim().toLowerCase();
    if (response2.status !== 200 || kind !== media) throw new Fault("http", `the server answered with status ${response2.status} and type ${kind}`);
    return answer;
  }
  function checkURL(url) {
    let parsed;
    try {
      parsed = new URL(url);
    } catch {
    }
    let local = parsed?.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(parsed.hostname);
    if (parsed?.protocol !== "https:" && !local) throw new Fault("unacceptable", "the address of the server is not one of HTTPS");
  }

  // token/test/suite.ts
  var Suite = class {
    constructor() {
      this.tests = [];
    }
    add(name2, test) {
      this.tests.push([name2, test]);
    }
    async run() {
      let out = [];
      for (let [name2, test] of this.tests)
        try {
          await test(), out.push({ name: name2 });
        } catch (e) {
          out.push({ name: name2, detail: e instanceof Error ? `${e.message}
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

  // token/test/http.ts
  function http(s) {
    let answers2 = (...statuses2) => {
      let sender = {
        asked: 0,
        paused: [],
        attempts: 3,
        pause: (n) => Promise.resolve(void sender.paused.push(n)),
        fetch: () => {
          let status = statuses2[sender.asked++] ?? 200;
          return status === "lost" ? Promise.reject(new TypeError("lost")) : Promise.resolve(new Response("fine", { status: status === 299 ? 200 : status, headers: { "Content-Type": status === 299 ? "text/html" : media + "; charset=utf-8" } }));
        }
      };
      return sender;
    };
    s.add("7.2.4: failures of network and server are tried again", async () => {
      let sender = answers2("lost", 503, 200);
      equal(hex(await send(sender, "https://bank.example", none)), hex(utf8("fine"))), equal(`${sender.asked} ${sender.paused.join()}`, "3 1,2");
      let dead = answers2(500, 500, 500, 200);
      equal((await fails(Fault, () => send(dead, "https://bank.example", none))).why, "transport"), equal(dead.asked, 3);
    });
    for (let status of [299, 201, 400, 403, 404])
      s.add(`7.2.4: status ${status} is no answer, nor is another type (299)`, async () => {
        let sender = answers2(status);
        equal((await fails(Fault, () => send(sender, "https://bank.example", none))).why, "http"), equal(sender.asked, 1);
      });
    s.add("only HTTPS, or this device", async () => {
      for (let good of ["https://bank.example/dskpp", "http://localhost:8080/", "http://127.0.0.1/x", "http://[::1]/x"]) checkURL(good);
      for (let bad of ["http://bank.example/", "bank.example", "", "ftp://localhost/", "javascript:1", "http://localhost.bank.example/"])
        equal((await fails(Fault, () => checkURL(bad))).why, "unacceptable");
    });
  }

  // token/mac.ts
  var names = { SHA1: "SHA-1", SHA256: "SHA-256", SHA384: "SHA-384", SHA512: "SHA-512" }, sizes = { SHA1: 20, SHA256: 32, SHA384: 48, SHA512: 64 }, subtleName = (hash) => names[hash], hashSize = (hash) => sizes[hash];
  async function hmac(hash, key2, data2) {
    let k = await crypto.subtle.importKey("raw", key2, { name: "HMAC", hash: names[hash] }, !1, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", k, data2));
  }
  async function digest(hash, data2) {
    return new Uint8Array(await crypto.subtle.digest(names[hash], data2));
  }

  // token/pbkdf2.ts
  var mostIterations = 1e7;
  async function pbkdf2(password2, salt, iterations2, length, hash = "SHA1") {
    if (!(iterations2 >= 1 && iterations2 <= mostIterations)) throw new RangeError(`PBKDF2 takes 1 to ${mostIterations} iterations here`);
    let key2 = await crypto.subtle.importKey("raw", password2, "PBKDF2", !1, ["deriveBits"]), params = { name: "PBKDF2", salt, iterations: iterations2, hash: subtleName(hash) };
    return new Uint8Array(await crypto.subtle.deriveBits(params, key2, 8 * length));
  }

  // token/aes.ts
  var block = 16, zero = new Uint8Array(block), Blocks = class _Blocks {
    constructor(key2) {
      this.key = key2;
    }
    // of takes a key of 16, 24 or 32 octets.
    static async of(key2) {
      return new _Blocks(await crypto.subtle.importKey("raw", key2, "AES-CBC", !1, ["encrypt", "decrypt"]));
    }
    // chain is CBC without padding over whole blocks.
    async chain(iv, data2) {
      if (data2.length % block !== 0) throw new RangeError("AES takes whole blocks");
      let out = await crypto.subtle.encrypt({ name: "AES-CBC", iv }, this.key, data2);
      return new Uint8Array(out).slice(0, data2.length);
    }
    encrypt(data2) {
      return this.chain(zero, data2);
    }
    // decrypt is the inverse of encrypt for one block c. Under the initial vector c, nothing
    // encrypts to the block that makes c ‖ block a message whose padding is right.
    async decrypt(c) {
      let padding = await crypto.subtle.encrypt({ name: "AES-CBC", iv: c }, this.key, new Uint8Array(0)), out = await crypto.subtle.decrypt({ name: "AES-CBC", iv: zero }, this.key, concat(c, new Uint8Array(padding)));
      return new Uint8Array(out);
    }
    // open is CBC with an initial vector in front and PKCS #7 padding (profile IP-19). It
    // rejects for every defect alike; the caller has verified a MAC before.
    async open(sealed) {
      if (sealed.length < 2 * block || sealed.length % block !== 0) throw new RangeError("the value cannot be decrypted");
      let algorithm = { name: "AES-CBC", iv: sealed.slice(0, block) };
      return new Uint8Array(await crypto.subtle.decrypt(algorithm, this.key, sealed.slice(block)));
    }
  };
  async function cmac(key2, message2) {
    let aes = await Blocks.of(key2), k1 = double(await aes.encrypt(zero)), whole = message2.length > 0 && message2.length % block === 0, head = whole ? message2.length - block : message2.length - message2.length % block, rest = message2.slice(head), padded = whole ? rest : concat(rest, Uint8Array.of(128), new Uint8Array(block - rest.length - 1)), last = xor(padded, whole ? k1 : double(k1));
    return (await aes.chain(zero, concat(message2.slice(0, head), last))).slice(-block);
  }
  function double(a) {
    let out = a.map((b, i) => b << 1 | (a[i + 1] ?? 0) >> 7);
    return out[block - 1] = out[block - 1] ^ 135 & -(a[0] >> 7), out;
  }

  // token/prf.ts
  var prfs = "urn:ietf:params:xml:ns:keyprov:dskpp:prf-", prfAES = { uri: prfs + "aes-128", size: 16, exact: !0, f: cmac }, prfSHA256 = { uri: prfs + "sha256", size: 32, exact: !1, f: (k, input) => hmac("SHA256", k, input) }, prfOf = (uri2) => [prfSHA256, prfAES].find((p) => p.uri === uri2);
  async function derive(prf, k, s, length) {
    if (prf.exact ? k.length !== prf.size : k.length < 16) throw new RangeError(`a key of ${k.length} octets does not fit ${prf.uri}`);
    if (length < 1 || length > 1024) throw new RangeError("derived data too long");
    let blocks = [];
    for (let i = 1; (i - 1) * prf.size < length; i++) blocks.push(await prf.f(k, concat(uint32(i), s)));
    return concat(...blocks).slice(0, length);
  }
  var macKey = (prf, half) => half.slice(0, prf.size);

  // token/saslprep.ts
  var spaces = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu, nothing = /[\u00ad\u034f\u1806\u180b-\u180d\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]/gu, prohibited = /[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2063\u206a-\u206f\u06dd\u070f\u180e\u0340\u0341\u2ff0-\u2ffb\u3000\ufeff\ufff9-\ufffd\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/u, rightToLeft = /[\u05be\u05c0\u05c3\u05d0-\u05ea\u05f0-\u05f4\u061b\u061f\u0621-\u063a\u0640-\u064a\u066d-\u066f\u0671-\u06d5\u06dd\u06e5\u06e6\u06fa-\u06fe\u0700-\u070d\u0710\u0712-\u072c\u0780-\u07a5\u07b1\u200f\ufb1d\ufb1f-\ufb28\ufb2a-\ufb36\ufb38-\ufb3c\ufb3e\ufb40\ufb41\ufb43\ufb44\ufb46-\ufbb1\ufbd3-\ufd3d\ufd50-\ufd8f\ufd92-\ufdc7\ufdf0-\ufdfc\ufe70-\ufe74\ufe76-\ufefc]/u, letter = /\p{L}/u;
  function saslprep(typed) {
    let out = typed.replace(nothing, (c) => c === "​" ? " " : "").replace(spaces, " ").normalize("NFKC");
    if (prohibited.test(out)) throw new RangeError("the text has a character that cannot be used");
    return checkDirection([...out]), out;
  }
  function checkDirection(chars) {
    if (!chars.some((c) => rightToLeft.test(c))) return;
    let mixed = chars.some((c) => letter.test(c) && !rightToLeft.test(c)), ends = [chars[0] ?? "", chars[chars.length - 1] ?? ""].every((c) => rightToLeft.test(c));
    if (mixed || !ends) throw new RangeError("the text mixes directions of writing");
  }

  // token/write.ts
  function el(name2, parts, attributes2 = {}) {
    let attrs = Object.entries(attributes2).filter(([, v]) => v !== void 0).map(([k, v]) => ` ${k}="${escape(v)}"`).join(""), inner = typeof parts == "string" ? escape(parts) : parts.filter((p) => p !== void 0).join("");
    return inner === "" ? `<${name2}${attrs}/>` : `<${name2}${attrs}>${inner}</${name2}>`;
  }
  var octetEl = (name2, value, attributes2 = {}) => el(name2, base64(value), attributes2);
  function message(name2, parts, attributes2) {
    let spaces3 = { "xmlns:dskpp": ns.dskpp, "xmlns:pskc": ns.pskc, "xmlns:ds": ns.ds, "xmlns:xsi": ns.xsi };
    return utf8('<?xml version="1.0" encoding="UTF-8"?>' + el(name2, parts, { ...spaces3, Version: "1.0", ...attributes2 }));
  }
  var entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "	": "&#9;", "\n": "&#10;", "\r": "&#13;" };
  function escape(text3) {
    if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text3))
      throw new RangeError("a text has a character that XML cannot hold");
    return text3.replace(/[&<>"\t\n\r]/g, (c) => entities[c]);
  }

  // token/auth.ts
  var iterations = 1e5, iterationsShared = 1;
  async function authenticationMAC(prf, p) {
    let kac = await pbkdf2(utf8(p.code.password), concat(p.rc, p.k), p.iterations, 16), mac = await derive(prf, kac, concat(p.code.clientID, p.url, p.rc, p.rs ?? ""), 16);
    return wipe(kac), mac;
  }
  async function passphraseKey(passphrase, clientID2, url) {
    let salt = await digest("SHA256", concat("DSKPP passphrase K\0", clientID2, "\0", url));
    return pbkdf2(utf8(saslprep(passphrase)), salt.slice(0, 16), iterations, 16);
  }
  function authenticationData(clientID2, count2, prf, mac, nonce) {
    let parts = [nonce && octetEl("dskpp:Nonce", nonce), el("dskpp:IterationCount", String(count2)), octetEl("dskpp:Mac", mac, { MacAlgorithm: prf.uri })];
    return el("dskpp:AuthenticationData", [el("dskpp:ClientID", clientID2), el("dskpp:AuthenticationCodeMac", parts)]);
  }

  // token/xml.ts
  var most = 256 * 1024;
  function parse(octets) {
    if (octets.length > most) throw malformed("the answer is too long");
    let source;
    try {
      source = new TextDecoder("utf-8", { fatal: !0 }).decode(octets);
    } catch {
      throw malformed("the answer is not UTF-8");
    }
    let declaration = /^<\?xml\s[^>]*?\?>/.exec(source)?.[0] ?? "";
    if ((/encoding\s*=\s*["']([^"']*)["']/.exec(declaration)?.[1] ?? "UTF-8").toUpperCase() !== "UTF-8") throw malformed("the answer says that it is not UTF-8");
    let rest = source.slice(declaration.length);
    if (rest.includes("<!DOCTYPE") || rest.includes("<?")) throw malformed("the answer has a document type or an instruction");
    let parsed = new DOMParser().parseFromString(rest, "application/xml");
    if (parsed.getElementsByTagNameNS("*", "parsererror").length > 0) throw malformed("the answer is no XML");
    return parsed.documentElement;
  }
  var Fields = class {
    constructor(parent, space) {
      this.parent = parent;
      this.space = space;
      this.at = 0;
      for (let node of Array.from(parent.childNodes))
        if (!(node.nodeType === Node.COMMENT_NODE || node.nodeType === Node.TEXT_NODE && /^[ \t\r\n]*$/.test(node.nodeValue ?? "")) && node.nodeType !== Node.ELEMENT_NODE) throw malformed(`${parent.localName} has text between its elements`);
      this.children = Array.from(parent.children);
    }
    // optional takes the next child if it has this name.
    optional(name2, space = this.space) {
      let next = this.children[this.at];
      if (!(!next || next.localName !== name2 || (next.namespaceURI ?? "") !== space))
        return this.at++, next;
    }
    required(name2, space = this.space) {
      let found = this.optional(name2, space);
      if (!found) throw malformed(`${this.parent.localName} has no ${name2} where it belongs`);
      return found;
    }
    many(name2, space = this.space) {
      let out = [];
      for (let next = this.optional(name2, space); next; next = this.optional(name2, space)) out.push(next);
      return out;
    }
    // others takes what follows and is of no given namespace (xs:any, ##other).
    others(...spaces3) {
      let from = this.at;
      for (; this.at < this.children.length && !spaces3.includes(this.children[this.at]?.namespaceURI ?? ""); ) this.at++;
      return this.children.slice(from, this.at);
    }
    // end refuses children that are left.
    end() {
      let left = this.children[this.at];
      if (left) throw malformed(`${this.parent.localName} has ${left.localName} where it does not belong`);
    }
  };
  function content(e) {
    if (!Array.from(e.childNodes).every((n) => n.nodeType === Node.TEXT_NODE || n.nodeType === Node.CDATA_SECTION_NODE)) throw malformed(`${e.localName} has more than text`);
    return e.textContent ?? "";
  }
  var uri = (text3) => text3.replace(/[ \t\r\n]/g, ""), uriContent = (e) => uri(content(e));
  function octetContent(e) {
    try {
      return fromBase64(content(e));
    } catch {
      throw malformed(`${e.localName} is no base64`);
    }
  }
  function attributes(e, ...names3) {
    for (let a of Array.from(e.attributes))
      if (!(a.namespaceURI === "http://www.w3.org/2000/xmlns/" || a.namespaceURI === "http://www.w3.org/2001/XMLSchema-instance") && (a.namespaceURI !== null || !names3.includes(a.localName))) throw malformed(`${e.localName} has an attribute ${a.localName}`);
  }
  function uriAttribute(e, name2) {
    return uri(e.getAttribute(name2) ?? "");
  }

  // token/device.ts
  var names2 = ["Manufacturer", "SerialNo", "Model", "IssueNo", "DeviceBinding", "StartDate", "ExpiryDate", "UserId"];
  function readDevice(e) {
    let fields = new Fields(e, ns.pskc), out = {};
    for (let name2 of names2) {
      let value = fields.optional(name2);
      value && (out[name2] = content(value));
    }
    return fields.many("Extensions"), fields.end(), out;
  }
  function writeDevice(d) {
    let parts = names2.map((name2) => d[name2] === void 0 ? void 0 : el("pskc:" + name2, d[name2]));
    return el("dskpp:DeviceIdentifierData", [el("dskpp:DeviceId", parts)]);
  }

  // token/extensions.ts
  function readExtensions(e) {
    let out = {};
    if (!e) return out;
    let fields = new Fields(e, ns.dskpp);
    for (let x of [fields.required("Extension"), ...fields.many("Extension")]) readExtension(x, out);
    return fields.end(), out;
  }
  function readExtension(x, out) {
    let critical = /^(true|1)$/.test((x.getAttribute("Critical") ?? "").trim()), name2 = typeOf(x);
    if (name2 === "ClientInfoType" || name2 === "ServerInfoType") {
      if (critical) throw unknown(name2);
      out[name2 === "ClientInfoType" ? "clientInfo" : "serverInfo"] = data(x);
      return;
    }
    if (critical) throw unknown(name2);
  }
  var unknown = (name2) => new Fault("unacceptable", `the critical extension ${name2} is not known`, "UnknownCriticalExtension");
  function typeOf(x) {
    let [first = "", second] = (x.getAttributeNS(ns.xsi, "type") ?? "").trim().split(":");
    return x.lookupNamespaceURI(second === void 0 ? null : first) === ns.dskpp ? second ?? first : "";
  }
  function data(x) {
    let fields = new Fields(x, ns.dskpp), value = octetContent(fields.required("Data"));
    return fields.end(), value;
  }
  function writeExtensions(x) {
    let one = (type, value) => value && el("dskpp:Extension", [octetEl("dskpp:Data", value)], { "xsi:type": "dskpp:" + type }), parts = [one("ClientInfoType", x.clientInfo), one("ServerInfoType", x.serverInfo)];
    return parts.some((p) => p) ? el("dskpp:Extensions", parts) : void 0;
  }

  // token/clienthello.ts
  function writeHello(h) {
    let list = (name2, item, values) => el("dskpp:" + name2, values.map((v) => el("dskpp:" + item, v))), twoPass = h.protection && [el("dskpp:SupportedKeyProtectionMethod", h.protection.method), el("dskpp:Payload", [h.protection.payload])];
    return message(
      "dskpp:KeyProvClientHello",
      [
        h.device && writeDevice(h.device),
        h.keyID === void 0 ? void 0 : octetEl("dskpp:KeyID", utf8(h.keyID)),
        h.nonce && octetEl("dskpp:ClientNonce", h.nonce),
        list("SupportedKeyTypes", "Algorithm", h.keyTypes),
        list("SupportedEncryptionAlgorithms", "Algorithm", h.ciphers),
        list("SupportedMacAlgorithms", "Algorithm", h.macs),
        el("dskpp:SupportedProtocolVariants", [twoPass ? el("dskpp:TwoPass", twoPass) : el("dskpp:FourPass", "")]),
        list("SupportedKeyPackages", "KeyPackageFormat", [pskcPackage]),
        h.authentication,
        writeExtensions(h.clientInfo ? { clientInfo: h.clientInfo } : {})
      ],
      {}
    );
  }
  function writeNonce(sessionID, encrypted, authentication, serverInfo) {
    let extensions = writeExtensions(serverInfo ? { serverInfo } : {});
    return message("dskpp:KeyProvClientNonce", [octetEl("dskpp:EncryptedNonce", encrypted), authentication, extensions], { SessionID: sessionID });
  }

  // token/status.ts
  var statuses = [
    "Continue",
    "Success",
    "Abort",
    "AccessDenied",
    "MalformedRequest",
    "UnknownRequest",
    "UnknownCriticalExtension",
    "UnsupportedVersion",
    "NoSupportedKeyTypes",
    "NoSupportedEncryptionAlgorithms",
    "NoSupportedMacAlgorithms",
    "NoProtocolVariants",
    "NoSupportedKeyPackages",
    "AuthenticationDataMissing",
    "AuthenticationDataInvalid",
    "InitializationFailed",
    "ProvisioningPeriodExpired"
  ], parseStatus = (text3) => statuses.find((s) => s === text3);

  // token/answer.ts
  function readMAC(e) {
    attributes(e, "MacAlgorithm");
    let value = octetContent(e);
    return e.hasAttribute("MacAlgorithm") ? { value, algorithm: uriAttribute(e, "MacAlgorithm") } : { value };
  }
  var answers = ["KeyProvServerHello", "KeyProvServerFinished"];
  function readAnswer(octets, name2, due) {
    let root = parse(octets);
    if (root.namespaceURI !== ns.dskpp || !answers.includes(root.localName)) throw malformed(`the answer is a ${root.localName}`);
    attributes(root, "Version", "SessionID", "Status"), checkVersion(root.getAttribute("Version") ?? "");
    let status = parseStatus(root.getAttribute("Status") ?? "");
    if (!status) throw malformed("the answer has no known status");
    if (status !== "Continue" && status !== "Success") throw new Fault("refused", `the server refused: ${status}`, status);
    if (status !== due || root.localName !== name2) throw malformed(`the answer is ${root.localName} with ${status}, ${name2} with ${due} was due`);
    return session(root);
  }
  function checkVersion(version2) {
    let [, major2] = /^(\d{1,2})\.\d{1,3}$/.exec(version2) ?? [];
    if (major2 === void 0) throw malformed("the answer has no version");
    if (+major2 != 1) throw new Fault("unacceptable", `the answer is of version ${version2}`, "UnsupportedVersion");
  }
  function session(root) {
    let sessionID = root.getAttribute("SessionID");
    if (sessionID === null) return { root };
    if (sessionID.length > 128) throw malformed("the SessionID is too long");
    return { root, sessionID };
  }

  // token/der.ts
  function items(der) {
    let out = [];
    for (let at = 0; at < der.length; ) {
      let head = headOf(der, at), end = at + head.size + head.length;
      if (end > der.length) throw new RangeError("the DER ends early");
      out.push({ tag: der[at], all: der.slice(at, end), content: der.slice(at + head.size, end) }), at = end;
    }
    return out;
  }
  function headOf(der, at) {
    let first = der[at + 1] ?? 255;
    if (first < 128) return { size: 2, length: first };
    let count2 = first & 127;
    if (count2 < 1 || count2 > 3 || at + 2 + count2 > der.length) throw new RangeError("the length in the DER is wrong");
    let length = der.slice(at + 2, at + 2 + count2).reduce((n, b) => n * 256 + b, 0);
    if (length < 128 || length < 256 ** (count2 - 1)) throw new RangeError("the length in the DER is too long");
    return { size: 2 + count2, length };
  }
  var sequence = 48, version = 160;
  function certificateKey(certificate) {
    let outer = items(certificate), tbs = outer.length === 1 && outer[0]?.tag === sequence ? items(outer[0].content)[0] : void 0;
    if (tbs?.tag !== sequence) throw new RangeError("this is no certificate");
    let fields = items(tbs.content), key2 = fields[fields[0]?.tag === version ? 6 : 5];
    if (key2?.tag !== sequence) throw new RangeError("the certificate has no key");
    return key2.all;
  }

  // token/rsa.ts
  var oaep = { name: "RSA-OAEP", hash: "SHA-1" }, smallest = 2048;
  async function encrypt(spki, data2) {
    let key2 = await crypto.subtle.importKey("spki", spki, oaep, !1, ["encrypt"]);
    if (key2.algorithm.modulusLength < smallest) throw new RangeError(`the server's RSA key has fewer than ${smallest} bits`);
    return new Uint8Array(await crypto.subtle.encrypt(oaep, key2, data2));
  }
  async function decrypt(key2, data2, label) {
    return new Uint8Array(await crypto.subtle.decrypt(label ? { ...oaep, label } : oaep, key2, data2));
  }
  function generate() {
    let params = { ...oaep, modulusLength: smallest, publicExponent: Uint8Array.of(1, 0, 1) };
    return crypto.subtle.generateKey(params, !1, ["encrypt", "decrypt"]);
  }
  async function spkiOf(key2) {
    return new Uint8Array(await crypto.subtle.exportKey("spki", key2));
  }
  async function numbersOf(key2) {
    let jwk = await crypto.subtle.exportKey("jwk", key2);
    return { modulus: fromURL(jwk.n ?? ""), exponent: fromURL(jwk.e ?? "") };
  }
  async function spkiOfNumbers(n) {
    let jwk = { kty: "RSA", n: toURL(n.modulus), e: toURL(n.exponent) };
    return spkiOf(await crypto.subtle.importKey("jwk", jwk, oaep, !0, ["encrypt"]));
  }
  function fromURL(text3) {
    let plain2 = text3.replace(/-/g, "+").replace(/_/g, "/");
    return fromBase64(plain2 + "=".repeat((4 - plain2.length % 4) % 4));
  }
  function toURL(number) {
    let first = number.findIndex((b) => b !== 0), shortest2 = concat(number.slice(first < 0 ? number.length : first));
    return base64(shortest2).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  // token/keyinfo.ts
  async function readKeyInfo(e) {
    let out = {};
    new Fields(e, ns.ds);
    for (let child of Array.from(e.children)) {
      let name2 = child.namespaceURI === ns.ds ? child.localName : child.namespaceURI === ns.xenc11 ? "11:" + child.localName : "";
      if (name2 === "KeyName") once(out, "name", content(child));
      else if (name2 === "KeyValue") once(out, "spki", await spkiOfNumbers(readNumbers(child)));
      else if (name2 === "X509Data") once(out, "spki", certificateKey(octetContent(new Fields(child, ns.ds).required("X509Certificate"))));
      else if (name2 === "11:DerivedKey") once(out, "derived", child);
      else throw malformed(`a key is given by ${child.localName}, which is not known`);
    }
    return out;
  }
  function once(out, field, value) {
    if (out[field] !== void 0) throw malformed("a key is given twice");
    out[field] = value;
  }
  function readNumbers(e) {
    let value = new Fields(e, ns.ds), rsa = new Fields(value.required("RSAKeyValue"), ns.ds);
    value.end();
    let numbers = { modulus: octetContent(rsa.required("Modulus")), exponent: octetContent(rsa.required("Exponent")) };
    return rsa.end(), numbers;
  }
  var keyName = (name2) => el("ds:KeyInfo", [el("ds:KeyName", name2)]);
  function keyValue(n) {
    let rsa = el("ds:RSAKeyValue", [octetEl("ds:Modulus", n.modulus), octetEl("ds:Exponent", n.exponent)]);
    return el("ds:KeyInfo", [el("ds:KeyValue", [rsa])]);
  }

  // token/policy.ts
  var usages = ["OTP", "CR", "Encrypt", "Integrity", "Verify", "Unlock", "Decrypt", "KeyWrap", "Unwrap", "Derive", "Generate"], dateTime = /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
  function readPolicy(e) {
    let out = { blocked: !1, usages: [] };
    if (!e) return out;
    try {
      readParts(new Fields(e, ns.pskc), out);
    } catch {
      out.blocked = !0;
    }
    return out;
  }
  function readParts(fields, out) {
    let from = fields.optional("StartDate");
    from && (out.from = known(content(from).trim(), (t) => dateTime.test(t)));
    let until = fields.optional("ExpiryDate");
    until && (out.until = known(content(until).trim(), (t) => dateTime.test(t)));
    let pin = fields.optional("PINPolicy");
    pin && (out.pin = readPIN(pin)), out.usages = fields.many("KeyUsage").map((u) => known(content(u).trim(), (t) => usages.includes(t)));
    let transactions = fields.optional("NumberOfTransactions");
    transactions && (out.transactions = BigInt(known(content(transactions).trim(), (t) => /^\d{1,18}$/.test(t)))), fields.end();
  }
  function known(text3, is) {
    if (!is(text3)) throw new RangeError("a part of the policy is not known");
    return text3;
  }
  function readPIN(e) {
    let names3 = ["PINKeyId", "PINUsageMode", "MaxFailedAttempts", "MinLength", "MaxLength", "PINEncoding"];
    for (let a of Array.from(e.attributes)) known(a.name, (n) => names3.includes(n) || n.startsWith("xmlns"));
    let text3 = (name2) => e.getAttribute(name2) ?? void 0, count2 = (name2) => {
      let t = text3(name2);
      return t === void 0 ? void 0 : +known(t, (v) => /^\d{1,9}$/.test(v));
    }, out = { mode: known(text3("PINUsageMode") ?? "", (m) => ["Local", "Prepend", "Append", "Algorithmic"].includes(m)) }, parts = { keyID: text3("PINKeyId"), encoding: text3("PINEncoding"), failures: count2("MaxFailedAttempts"), shortest: count2("MinLength"), longest: count2("MaxLength") };
    return Object.assign(out, Object.fromEntries(Object.entries(parts).filter(([, v]) => v !== void 0)));
  }
  function permits(p, usage, now, used) {
    return p.blocked || p.usages.length > 0 && !p.usages.includes(usage) || p.from !== void 0 && now < Date.parse(p.from) || p.until !== void 0 && now > Date.parse(p.until) ? !1 : p.transactions === void 0 || used < p.transactions;
  }

  // token/keywrap.ts
  var plainICV = fromHex("a6a6a6a6a6a6a6a6"), paddedICV = fromHex("a65959a6");
  async function unwrap(kek, wrapped) {
    if (wrapped.length < 16 || wrapped.length % 8 !== 0) throw failed();
    let aes = await Blocks.of(kek), opened = wrapped.length === 16 ? await aes.decrypt(wrapped) : await rounds(aes, wrapped), check = opened.slice(0, 8), value = opened.slice(8);
    return wrapped.length > 16 && same(check, plainICV) ? value : unpad(check, value);
  }
  async function rounds(aes, wrapped) {
    let n = wrapped.length / 8 - 1, out = wrapped.slice(), a = wrapped.slice(0, 8);
    for (let t = 6 * n; t > 0; t--) {
      let at = 8 * ((t - 1) % n + 1), counter = concat(new Uint8Array(4), uint32(t)), b = await aes.decrypt(concat(xor(a, counter), out.slice(at, at + 8)));
      a = b.slice(0, 8), out.set(b.slice(8), at);
    }
    return out.set(a), out;
  }
  function unpad(check, value) {
    let length = new DataView(check.buffer, check.byteOffset).getUint32(4), zeros = length > value.length - 8 && length <= value.length && same(value.slice(length), new Uint8Array(value.length - length));
    if (!same(check.slice(0, 4), paddedICV) || !zeros) throw failed();
    return value.slice(0, length);
  }
  var failed = () => new RangeError("the value cannot be decrypted");

  // token/sealed.ts
  function readSealed(e) {
    let fields = new Fields(e, ns.xenc), method = fields.required("EncryptionMethod");
    fields.optional("KeyInfo", ns.ds);
    let data2 = new Fields(fields.required("CipherData"), ns.xenc), out = { algorithm: uriAttribute(method, "Algorithm"), cipher: octetContent(data2.required("CipherValue")) };
    data2.end(), fields.optional("EncryptionProperties"), fields.end();
    let label = readMethod(method);
    return label ? { ...out, label } : out;
  }
  function readMethod(method) {
    attributes(method, "Algorithm");
    let fields = new Fields(method, ns.xenc);
    fields.optional("KeySize");
    let label = fields.optional("OAEPparams"), hash = fields.optional("DigestMethod", ns.ds);
    if (hash && uriAttribute(hash, "Algorithm") !== ns.ds + "sha1") throw unacceptable("the key package uses RSA-OAEP with another hash than SHA-1");
    return fields.end(), label && octetContent(label);
  }
  var macs = {
    [ns.ds + "hmac-sha1"]: "SHA1",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256": "SHA256",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha384": "SHA384",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512": "SHA512"
  };
  function readMACMethod(e) {
    attributes(e, "Algorithm");
    let hash = macs[uri(e.getAttribute("Algorithm") ?? "")];
    if (!hash) throw unacceptable("the MAC method of the key package is not known");
    let fields = new Fields(e, ns.pskc), key2 = readSealed(fields.required("MACKey"));
    return fields.others(ns.pskc), fields.end(), { hash, key: key2 };
  }
  async function openValue(value, mac, method, opener) {
    if (mac && method) {
      let key2 = await unseal(method.key, opener), good = key2.length > 0 && same(await hmac(method.hash, key2, value.cipher), mac);
      if (wipe(key2), !good) throw unverified("the MAC of the key package is wrong");
    } else if (mac || value.algorithm === ciphers.cbc)
      throw unverified("the value in the key package has no MAC that could be verified");
    return unseal(value, opener);
  }
  async function unseal(value, opener) {
    let open2 = cipherOf(value, opener);
    try {
      return await open2();
    } catch {
      throw unverified("the key package cannot be decrypted");
    }
  }
  function cipherOf(value, opener) {
    if ("privateKey" in opener) {
      if (value.algorithm === ciphers.oaep) return () => decrypt(opener.privateKey, value.cipher, value.label);
    } else {
      if (opener.kek.length !== 16) throw malformed("a key-encrypting key has 16 octets");
      if (value.algorithm === ciphers.wrap) return () => unwrap(opener.kek, value.cipher);
      if (value.algorithm === ciphers.cbc) return async () => (await Blocks.of(opener.kek)).open(value.cipher);
    }
    throw unacceptable("the cipher of the key package was not offered");
  }

  // token/container.ts
  var major = /^0?1\.\d{1,3}$/;
  async function readContainer(e) {
    if (attributes(e, "Version", "Id"), !major.test(e.getAttribute("Version") ?? "")) throw malformed("the key container has an unknown version");
    let fields = new Fields(e, ns.pskc), keyInfo = fields.optional("EncryptionKey"), macMethod = fields.optional("MACMethod"), out = readPackage(fields.required("KeyPackage"));
    return fields.optional("Signature"), fields.many("Extensions"), fields.end(), keyInfo && (out.keyInfo = await readKeyInfo(keyInfo)), macMethod && (out.macMethod = readMACMethod(macMethod)), out;
  }
  function readPackage(e) {
    let fields = new Fields(e, ns.pskc), device = fields.optional("DeviceInfo"), module = fields.optional("CryptoModuleInfo"), out = { key: readKey(fields.required("Key")) };
    return fields.many("Extensions"), fields.end(), device && (out.device = readDevice(device)), module && (out.moduleID = content(new Fields(module, ns.pskc).required("Id"))), out;
  }
  function readKey(e) {
    attributes(e, "Id", "Algorithm");
    let id = e.getAttribute("Id") ?? "", profile = { algorithm: uriAttribute(e, "Algorithm") };
    if (id === "" || id.length > 128 || profile.algorithm === "") throw malformed("the key has no Id or no Algorithm");
    let fields = new Fields(e, ns.pskc), texts2 = { issuer: fields.optional("Issuer") };
    readParameters(fields.optional("AlgorithmParameters"), profile), fields.optional("KeyProfileId"), fields.optional("KeyReference");
    let friendlyName = fields.optional("FriendlyName"), data2 = fields.optional("Data"), userID = fields.optional("UserId"), out = { id, profile, policy: readPolicy(fields.optional("Policy")) };
    fields.many("Extensions"), fields.end();
    for (let [name2, value] of Object.entries({ ...texts2, friendlyName, userID })) value && (out[name2] = content(value));
    return data2 && readData(data2, out), out;
  }
  function readParameters(e, out) {
    if (!e) return;
    let fields = new Fields(e, ns.pskc), suite2 = fields.optional("Suite");
    fields.optional("ChallengeFormat");
    let response2 = fields.optional("ResponseFormat");
    if (fields.many("Extensions"), fields.end(), suite2 && (out.suite = content(suite2).trim()), !!response2) {
      if ((response2.getAttribute("Encoding") ?? "") !== "DECIMAL") throw malformed("the responses of the key are not decimal");
      if (/^(true|1)$/.test(response2.getAttribute("CheckDigits") ?? "")) throw malformed("the responses of the key have a check digit");
      out.digits = Number(integer(response2.getAttribute("Length") ?? "", 1n << 31n));
    }
  }
  function readData(e, out) {
    let fields = new Fields(e, ns.pskc), secret = fields.optional("Secret"), counter = fields.optional("Counter"), time = fields.optional("Time"), interval = fields.optional("TimeInterval"), drift = fields.optional("TimeDrift");
    if (fields.others(ns.pskc), fields.end(), secret && (out.secret = readSecret(secret)), counter && (out.counter = integer(plain(counter), 1n << 63n)), interval && (out.profile.step = Number(integer(plain(interval), 1n << 31n))), time && integer(plain(time), 1n << 31n) !== 0n || drift && plain(drift).trim() !== "0") throw malformed("the key has its own time");
  }
  function readSecret(e) {
    let fields = new Fields(e, ns.pskc), value = readSealed(fields.required("EncryptedValue")), mac = fields.optional("ValueMAC");
    return fields.end(), mac ? { value, mac: octetContent(mac) } : { value };
  }
  function plain(e) {
    let fields = new Fields(e, ns.pskc), value = content(fields.required("PlainValue"));
    return fields.optional("ValueMAC"), fields.end(), value;
  }
  function integer(text3, below) {
    let value = /^\s*\+?\d{1,20}\s*$/.test(text3) ? BigInt(text3.trim().replace("+", "")) : below;
    if (value >= below) throw malformed("a number in the key package is wrong");
    return value;
  }

  // token/finished.ts
  function readFinished(octets) {
    return readable("the ServerFinished", async () => {
      let { root, sessionID } = readAnswer(octets, "KeyProvServerFinished", "Success"), f = new Fields(root, ns.dskpp), inPackage = await readPackage2(f.required("KeyPackage")), extensions = readExtensions(f.optional("Extensions")), mac = readMAC(f.required("Mac")), renewal = f.optional("AuthenticationData");
      f.end();
      let out = { ...inPackage, extensions, mac };
      return sessionID !== void 0 && (out.sessionID = sessionID), renewal && (out.renewal = readRenewal(renewal)), out;
    });
  }
  async function readPackage2(e) {
    let f = new Fields(e, ns.dskpp), serverID = f.optional("ServerID"), method = f.optional("KeyProtectionMethod"), container2 = await readContainer(f.required("KeyContainer"));
    return f.end(), { container: container2, ...serverID && { serverID: uriContent(serverID) }, ...method && { method: uriContent(method) } };
  }
  function readRenewal(e) {
    let f = new Fields(e, ns.dskpp), nonce = f.optional("Nonce");
    nonce && octetContent(nonce);
    let count2 = f.optional("IterationCount");
    count2 && content(count2);
    let mac = readMAC(f.required("Mac"));
    return f.end(), mac;
  }

  // token/outcome.ts
  async function oldKey(storage, order) {
    if (order.replaces === void 0) return;
    let old = await storage.find({ url: order.url, id: order.replaces });
    if (!old) throw unacceptable("there is no such key to be renewed");
    return old;
  }
  function echoed(sent, got) {
    if (sent && !(got.clientInfo && same(sent, got.clientInfo))) throw malformed("the server did not return the client's information");
  }
  function tokenKey(run, finished, profile, halves) {
    let { key: key2, device } = finished.container;
    if (!run.keyTypes.includes(key2.profile.algorithm)) throw unacceptable("the key package is for another algorithm than was offered");
    let out = { url: run.url, id: key2.id, token: halves.token, profile, counter: key2.counter ?? 0n, policy: key2.policy }, { issuer, friendlyName, userID } = key2, rest = { issuer, friendlyName, userID, serverID: finished.serverID, device };
    return Object.assign(out, Object.fromEntries(Object.entries(rest).filter(([, v]) => v !== void 0)));
  }

  // token/suite.ts
  var SuiteError = class extends Error {
    constructor(part2, at) {
      super(`the ${part2} at position ${at} of the OCRA suite is wrong`);
      this.part = part2;
      this.at = at;
    }
  }, hashes = ["SHA1", "SHA256", "SHA512"], hashNamed = (name2) => hashes.find((h) => h === name2), inputs = {
    C: { rank: 1, name: "counter", read: (s, v) => s.counter = v === "" },
    Q: { rank: 2, name: "question", read: readQuestion },
    P: { rank: 3, name: "PIN", read: (s, v) => (s.pin = hashNamed(v)) !== void 0 },
    S: { rank: 4, name: "session", read: (s, v) => /^\d{3}$/.test(v) && (s.session = +v) >= 1 && s.session <= 512 },
    T: { rank: 5, name: "time step", read: readStep }
  };
  function parseSuite(text3) {
    let [algorithm = "", fn, ...rest] = text3.split(":");
    if (text3.length > 64 || algorithm !== "OCRA-1") throw new SuiteError("algorithm", 1);
    let at = algorithm.length + 2;
    if (fn === void 0) throw new SuiteError("crypto function", text3.length + 1);
    let s = { text: text3, ...readFunction(fn, at), counter: !1, alphabet: "N", longest: 0, session: 0, step: 0 };
    if (rest.length === 0) throw new SuiteError("data input", text3.length + 1);
    return readInputs(s, rest.join(":"), at + fn.length + 1), s;
  }
  function readFunction(text3, at) {
    let parts = text3.split("-");
    if (parts.length !== 3 || parts[0] !== "HOTP") throw new SuiteError("crypto function", at);
    let [, name2 = "", count2 = ""] = parts, hash = hashNamed(name2);
    if (!hash) throw new SuiteError("hash", at + 5);
    if (!/^(0|[4-9]|10)$/.test(count2)) throw new SuiteError("digits", at + 6 + name2.length);
    return { hash, digits: +count2 };
  }
  function readInputs(s, text3, start2) {
    let last = 0, at = start2;
    for (let part2 of text3.split("-")) {
      let input = inputs[part2.slice(0, 1)];
      if (!input) throw new SuiteError("data input", at);
      let early = last < 2 && input.rank > 2;
      if (input.rank <= last || early || !input.read(s, part2.slice(1))) throw new SuiteError(input.name, at);
      last = input.rank, at += part2.length + 1;
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

  // token/profile.ts
  var ocraURI = ns.pskc + ":OCRA-1:";
  function profileOf(p) {
    if (p.algorithm === keyTypes.ocra || p.algorithm.startsWith(ocraURI)) return ocraProfile(p);
    let { digits, step = 30 } = p;
    if (digits === void 0 || digits < 4 || digits > 10) throw unacceptable("the key package does not say how long codes are");
    let hash = hashOf(p.suite);
    if (p.algorithm === keyTypes.hotp) return { kind: "hotp", hash, digits };
    if (p.algorithm === keyTypes.totp && step >= 1) return { kind: "totp", hash, digits, step };
    throw unacceptable("the key package is for an unknown algorithm");
  }
  function ocraProfile(p) {
    let suite2 = (p.algorithm === keyTypes.ocra ? void 0 : p.algorithm.slice(ns.pskc.length + 1)) ?? p.suite;
    if (suite2 === void 0 || p.suite !== void 0 && p.suite !== suite2) throw unacceptable("the key package does not say which OCRA suite it is for");
    try {
      return { kind: "ocra", hash: parseSuite(suite2).hash, suite: suite2 };
    } catch {
      throw unacceptable("the OCRA suite of the key package is wrong");
    }
  }
  function hashOf(suite2) {
    if (suite2 === void 0) return "SHA1";
    let name2 = suite2.trim().toUpperCase().replace(/^HMAC-?/, "").replace("SHA-", "SHA");
    if (name2 === "SHA1" || name2 === "SHA256" || name2 === "SHA512") return name2;
    throw unacceptable("the hash function of the key package is not known");
  }
  var tokenSize = (p) => hashSize(p.hash);

  // token/provisioning.ts
  async function agree(prf, rc, k, rs, profile) {
    let half = Math.max(prf.size, tokenSize(profile)), prov = await derive(prf, rc, concat("Key generation", k, rs), 2 * half), halves = split(prov, profile);
    return wipe(prov), halves;
  }
  function split(prov, profile) {
    let half = prov.length / 2;
    if (prov.length % 2 !== 0 || half < 16 || half > 256) throw unverified("the provisioning key has a wrong length");
    return { mac: prov.slice(0, half), token: prov.slice(half, half + Math.min(half, tokenSize(profile))) };
  }
  async function confirmation(prf, mac, messages2, serverID = "") {
    let hash = await digest("SHA256", concat(...messages2));
    return derive(prf, macKey(prf, mac), concat("MAC 1 computation", hash, serverID), 32);
  }
  function helloMAC(prf, oldToken, r, rs) {
    return derive(prf, macKey(prf, oldToken), concat("MAC 1 computation", r, rs), rs.length);
  }
  function renewalMAC(prf, oldToken, serverID, rc, length) {
    return derive(prf, macKey(prf, oldToken), concat("MAC 2 computation", serverID, rc), length);
  }
  async function verify(what, given, made) {
    if (!given || !same(given, await made())) throw unverified(`the ${what} of the server is ${given ? "wrong" : "missing"}`);
  }

  // token/serverhello.ts
  function readServerHello(octets) {
    return readable("the ServerHello", async () => {
      let { root, sessionID } = readAnswer(octets, "KeyProvServerHello", "Continue");
      if (!sessionID) throw malformed("the ServerHello has no SessionID");
      let f = new Fields(root, ns.dskpp), keyType = uriContent(f.required("KeyType")), cipher = uriContent(f.required("EncryptionAlgorithm")), prf = uriContent(f.required("MacAlgorithm")), key2 = await readKeyInfo(f.required("EncryptionKey")), packageFormat = uriContent(f.required("KeyPackageFormat")), rs = readNonce(f.required("Payload")), extensions = readExtensions(f.optional("Extensions")), mac = f.optional("Mac");
      f.end();
      let out = { sessionID, keyType, cipher, prf, key: key2, packageFormat, rs, extensions };
      return mac ? { ...out, mac: readMAC(mac) } : out;
    });
  }
  function readNonce(payload) {
    let f = new Fields(payload, ns.dskpp), nonce = octetContent(f.required("Nonce"));
    if (f.end(), nonce.length < 16 || nonce.length > 512) throw malformed("the server's nonce has a wrong length");
    return nonce;
  }

  // token/fourpass.ts
  async function startFourPass(setup, order, shared) {
    let old = await oldKey(setup.storage, order), r = old ? setup.random(16) : none, offered = offeredCiphers(setup, shared), hello = writeHello({
      device: order.device,
      keyID: order.replaces,
      nonce: old && r,
      keyTypes: setup.keyTypes,
      ciphers: offered,
      macs: setup.prfs.map((p) => p.uri),
      clientInfo: order.clientInfo
    }), answer = await send(setup, order.url, hello), chosen = await readServerHello(answer), prf = checkChoice(setup, chosen, offered);
    echoed(order.clientInfo, chosen.extensions), old && await verifyHello(setup, chosen, prf, old.token, r);
    let k = await keyOf(setup, chosen, shared), rc = setup.random(prf.exact ? prf.size : 32), nonce = await makeNonce(prf, order, chosen, k, rc), run = {
      variant: "four-pass",
      url: order.url,
      clientID: order.code.clientID,
      messages: [hello, answer, nonce],
      rc,
      prfs: [prf.uri],
      keyTypes: [chosen.keyType],
      agreed: { sessionID: chosen.sessionID, k, rs: chosen.rs }
    };
    return order.replaces !== void 0 && (run.replaces = { url: order.url, id: order.replaces }), run;
  }
  function offeredCiphers(setup, shared) {
    return shared ? setup.prfs.filter((p) => !p.exact || shared.key.length === p.size).map((p) => p.uri) : [ciphers.oaep];
  }
  function checkChoice(setup, chosen, offered) {
    let prf = setup.prfs.find((p) => p.uri === chosen.prf), known3 = setup.keyTypes.includes(chosen.keyType) && offered.includes(chosen.cipher) && chosen.packageFormat === pskcPackage;
    if (!prf || !known3) throw unacceptable("the server chose what was not offered");
    return prf;
  }
  async function verifyHello(setup, chosen, prf, oldToken, r) {
    let named = chosen.mac?.algorithm === void 0 ? prf : setup.prfs.find((p) => p.uri === chosen.mac?.algorithm);
    if (!named) throw unacceptable("the server's MAC is of a kind that was not offered");
    await verify("proof of the old key", chosen.mac?.value, () => helloMAC(named, oldToken, r, chosen.rs));
  }
  async function keyOf(setup, chosen, shared) {
    if (shared) {
      if (chosen.key.name !== shared.name) throw unacceptable("the server chose another shared key");
      return shared.key;
    }
    let { spki } = chosen.key;
    if (!spki) throw malformed("the ServerHello has no public key");
    if (setup.serverKeys && !setup.serverKeys.some((known3) => same(known3, spki))) throw unacceptable("the server's public key is not the one that is known");
    return spki;
  }
  async function makeNonce(prf, order, chosen, k, rc) {
    let stream = prfOf(chosen.cipher), encrypted = stream ? xor(rc, await derive(stream, k, concat("Encryption", chosen.rs), rc.length)) : await encrypt(k, rc), mac = await authenticationMAC(prf, { code: order.code, url: order.url, k, rc, rs: chosen.rs, iterations }), authentication = authenticationData(order.code.clientID, iterations, prf, mac);
    return writeNonce(chosen.sessionID, encrypted, authentication, chosen.extensions.serverInfo);
  }
  async function finishFourPass(run, answer) {
    let finished = await readFinished(answer), prf = prfOf(run.prfs[0] ?? ""), { agreed: agreed2 } = run;
    if (!prf || !agreed2) throw malformed("the run that was kept is not whole");
    if (finished.sessionID !== void 0 && finished.sessionID !== agreed2.sessionID) throw malformed("the answer is of another session");
    if (finished.container.key.secret) throw unacceptable("the key package has a key, which no server may send in four passes");
    if ((finished.mac.algorithm ?? prf.uri) !== prf.uri) throw unacceptable("the server's MAC is of another kind than agreed");
    let profile = profileOf(finished.container.key.profile), halves = await agree(prf, run.rc, agreed2.k, agreed2.rs, profile);
    return await verify("confirmation", finished.mac.value, () => confirmation(prf, halves.mac, run.messages)), tokenKey(run, finished, profile, halves);
  }

  // token/derivedkey.ts
  var algorithms = [ns.pkcs5[0] + "pbkdf2", ns.pkcs5[1] + "pbkdf2", ns.xenc11 + "pbkdf2"], spaces2 = ["", ...ns.pkcs5, ns.xenc11, ns.pskc], fewest = 1e5;
  async function wrappingKey(e, passphrase, least = fewest) {
    let method = new Fields(e, ns.xenc11).required("KeyDerivationMethod");
    if (!algorithms.includes(uriAttribute(method, "Algorithm"))) throw unacceptable("the key derivation of the key package is not known");
    let params = new Fields(method, ""), inner = new Inner(params), p = new Inner(new Fields(inner.take("PBKDF2-params"), ""));
    params.end();
    let salt = octetContent(new Inner(new Fields(p.take("Salt"), "")).take("Specified")), iterations2 = count(p.take("IterationCount")), length = p.maybe("KeyLength"), prf = p.maybe("PRF");
    if (length && count(length) !== 16) throw unacceptable("the derived key has another length than 16 octets");
    if (iterations2 < least || iterations2 > mostIterations) throw unacceptable(`the key package asks for ${iterations2} iterations`);
    return pbkdf2(passphrase, salt, iterations2, 16, prf ? hashOf2(uriAttribute(prf, "Algorithm")) : "SHA1");
  }
  var Inner = class {
    constructor(fields) {
      this.fields = fields;
    }
    maybe(name2) {
      for (let space of spaces2) {
        let found = this.fields.optional(name2, space);
        if (found) return found;
      }
    }
    take(name2) {
      let found = this.maybe(name2);
      if (!found) throw malformed(`the key derivation has no ${name2}`);
      return found;
    }
  };
  function count(e) {
    let text3 = content(e).trim();
    if (!/^\d{1,9}$/.test(text3)) throw malformed(`${e.localName} is no count`);
    return +text3;
  }
  function hashOf2(uri2) {
    let name2 = uri2.slice(uri2.lastIndexOf("#") + 1).toLowerCase().replace(/-/g, "").replace(/^hmac/, ""), hash = { "": "SHA1", sha1: "SHA1", sha256: "SHA256", sha384: "SHA384", sha512: "SHA512" }[name2];
    if (!hash) throw unacceptable("the function of PBKDF2 is not known");
    return hash;
  }

  // token/protection.ts
  var methodOf = (p) => protections[p.kind], ciphersOf = (p) => p.kind === "transport" ? [ciphers.oaep] : [ciphers.wrap, ciphers.cbc];
  async function payloadOf(p, code2) {
    switch (p.kind) {
      case "transport":
        return keyValue(await numbersOf(p.keys.publicKey));
      case "wrap":
        return keyName(p.name);
      case "passphrase":
        return keyName(code2.clientID);
    }
  }
  async function keyOf2(p, code2, url) {
    switch (p.kind) {
      case "transport":
        return spkiOf(p.keys.publicKey);
      case "wrap":
        if (p.key.length !== 16) throw unacceptable("a wrapping key has 16 octets");
        return p.key;
      case "passphrase":
        return passphraseKey(p.passphrase, code2.clientID, url);
    }
  }
  async function openerOf(p, info) {
    if (p.kind === "passphrase") {
      if (!info?.derived) throw malformed("the key package has no derived key");
      return { kek: await wrappingKey(info.derived, utf8(saslprep(p.passphrase))) };
    }
    if (p.kind === "wrap") {
      if (info?.name !== p.name) throw unacceptable("the key package is under another key than was offered");
      return { kek: p.key };
    }
    if (info?.spki && !same(info.spki, await spkiOf(p.keys.publicKey))) throw unacceptable("the key package is for another public key than was offered");
    return { privateKey: p.keys.privateKey };
  }

  // token/twopass.ts
  async function startTwoPass(setup, order, protection2) {
    await oldKey(setup.storage, order);
    let prf = setup.prfs[0];
    if (!prf) throw unacceptable("no pseudo-random function is offered");
    let rc = setup.random(setup.prfs.some((p) => p.exact) ? 16 : 32), hello = writeHello({
      device: order.device,
      keyID: order.replaces,
      nonce: rc,
      keyTypes: setup.keyTypes,
      ciphers: ciphersOf(protection2),
      macs: setup.prfs.map((p) => p.uri),
      protection: { method: methodOf(protection2), payload: await payloadOf(protection2, order.code) },
      authentication: await authenticate(prf, order, protection2, rc),
      clientInfo: order.clientInfo
    }), run = {
      variant: "two-pass",
      url: order.url,
      clientID: order.code.clientID,
      messages: [hello],
      rc,
      prfs: setup.prfs.map((p) => p.uri),
      keyTypes: setup.keyTypes,
      method: methodOf(protection2)
    };
    return order.replaces !== void 0 && (run.replaces = { url: order.url, id: order.replaces }), order.clientInfo && (run.clientInfo = order.clientInfo), run;
  }
  async function authenticate(prf, order, protection2, rc) {
    let count2 = protection2.kind === "transport" ? iterations : iterationsShared, k = await keyOf2(protection2, order.code, order.url), mac = await authenticationMAC(prf, { code: order.code, url: order.url, k, rc, iterations: count2 });
    return authenticationData(order.code.clientID, count2, prf, mac, rc);
  }
  async function finishTwoPass(run, answer, protection2, old) {
    let finished = await readFinished(answer);
    echoed(run.clientInfo, finished.extensions);
    let prf = chosenPRF(run, finished), { serverID, container: container2 } = finished;
    if (!serverID) throw malformed("the key package has no ServerID");
    if (methodOf(protection2) !== run.method || finished.method !== run.method) throw unacceptable("the key package is protected by another method than was offered");
    old && await verifyRenewal(run, finished, prf, old, serverID);
    let { secret } = container2.key;
    if (!secret) throw malformed("the key package has no key");
    let profile = profileOf(container2.key.profile), prov = await openValue(secret.value, secret.mac, container2.macMethod, await openerOf(protection2, container2.keyInfo)), halves = split(prov, profile);
    return wipe(prov), await verify("confirmation", finished.mac.value, () => confirmation(prf, halves.mac, run.messages, serverID)), tokenKey(run, finished, profile, halves);
  }
  function chosenPRF(run, finished) {
    let named = finished.mac.algorithm ?? run.prfs[0] ?? "", prf = run.prfs.includes(named) ? prfOf(named) : void 0;
    if (!prf) throw unacceptable("the server's MAC is of a kind that was not offered");
    return prf;
  }
  async function verifyRenewal(run, finished, prf, old, serverID) {
    let { renewal } = finished;
    if ((renewal?.algorithm ?? prf.uri) !== prf.uri) throw unacceptable("the server's MACs are of two kinds");
    let length = renewal?.value.length ?? 0;
    if (renewal && (length < 16 || length > 256)) throw malformed("the server's proof of the old key has a wrong length");
    await verify("proof of the old key", renewal?.value, () => renewalMAC(prf, old.token, serverID, run.rc, length));
  }

  // token/client.ts
  var Client = class {
    constructor(options) {
      this.setup = {
        random: (length) => crypto.getRandomValues(new Uint8Array(length)),
        keyTypes: Object.values(keyTypes),
        prfs: [prfSHA256, prfAES],
        attempts: 3,
        pause: () => Promise.resolve(),
        serverKeys: void 0,
        ...options
      };
    }
    // fourPass agrees on a key that both sides contribute to, under the server's public key
    // or one shared before. It resolves when the key is committed, and throws a Fault.
    fourPass(order, shared) {
      return this.provision(order, () => startFourPass(this.setup, order, shared));
    }
    // twoPass takes a key that the server made.
    twoPass(order, protection2) {
      return this.provision(order, () => startTwoPass(this.setup, order, protection2), protection2);
    }
    // resume repeats the last message of a run that lost its answer. It resolves to undefined
    // when there is none. A two-pass run needs its protection again.
    async resume(protection2) {
      let run = await this.setup.storage.run();
      return run && this.finish(run, protection2);
    }
    // abandon forgets a run and its secrets.
    abandon() {
      return this.setup.storage.dropRun();
    }
    // provision starts once more after InitializationFailed (RFC 6063, section 3.3).
    async provision(order, start2, protection2) {
      checkURL(order.url);
      let once2 = async () => this.finish(await this.begin(start2), protection2);
      try {
        return await once2();
      } catch (e) {
        if (!(e instanceof Fault) || e.status !== "InitializationFailed") throw e;
        return once2();
      }
    }
    async begin(start2) {
      await this.setup.storage.dropRun();
      let run = await start2();
      return await this.setup.storage.keepRun(run), run;
    }
    // finish sends the last message and commits what its answer proves. After any failure but
    // a lost answer the run is over, and its secrets are deleted (section 3.3).
    async finish(run, protection2) {
      try {
        let answer = await send(this.setup, run.url, run.messages[run.messages.length - 1]), key2 = await readable("the key package", () => this.open(run, answer, protection2));
        return await this.refuseOverwriting(run, key2), await this.setup.storage.commit(key2, run.replaces), key2;
      } catch (e) {
        throw e instanceof Fault && e.why !== "transport" && await this.setup.storage.dropRun(), e;
      }
    }
    async open(run, answer, protection2) {
      let old = run.replaces && await this.setup.storage.find(run.replaces);
      if (run.replaces && !old) throw unacceptable("the key to be replaced is gone");
      if (run.variant === "four-pass") return finishFourPass(run, answer);
      if (!protection2) throw unacceptable("a two-pass run needs its protection to be resumed");
      return finishTwoPass(run, answer, protection2, old);
    }
    // refuseOverwriting: only a renewal may replace a key, and only its own (section 4.2.5).
    async refuseOverwriting(run, key2) {
      if (key2.id !== run.replaces?.id && await this.setup.storage.find(key2)) throw unacceptable("the server would overwrite another key");
    }
  };

  // token/crc.ts
  function crc16(text3) {
    let crc = 65535;
    for (let octet of utf8(text3)) {
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
    let { digits, places } = squeeze(typed), values = /* @__PURE__ */ new Map(), checked = "";
    for (let at = 0; at < digits.length; ) {
      let fail = (fault) => new CodeError(fault, places[at] ?? 0), type = parseInt(digits.charAt(at), 16), end = at + 3 + parseInt(digits.slice(at + 1, at + 3), 16);
      if (!(end <= digits.length)) throw fail("length");
      if (type < clientID || type > checksum && type < vendor) throw fail("type");
      if (values.has(type)) throw fail("twice");
      values.set(type, digits.slice(at + 3, end)), type !== checksum && (checked += digits.slice(at, end)), at = end;
    }
    return verify2(values.get(checksum), checked), complete(values.get(clientID), values.get(password));
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
  function verify2(given, checked) {
    if (given !== void 0 && given !== crc16(checked)) throw new CodeError("checksum", 0);
  }
  function complete(id, secret) {
    if (!id || !secret) throw new CodeError("missing", 0);
    if (id.length > 128) throw new CodeError("length", 0);
    return { clientID: id, password: secret };
  }
  function typedCode(client, secret) {
    return complete(hexText(client), hexText(secret));
  }
  function formatCode(code2, withChecksum) {
    let plain2 = tlv(clientID, code2.clientID) + tlv(password, code2.password);
    return withChecksum ? plain2 + tlv(checksum, crc16(plain2)) : plain2;
  }
  function hexText(typed) {
    let digits = hex(utf8(saslprep(typed))).toUpperCase();
    if (digits.length > 255) throw new CodeError("length", 0);
    return digits;
  }
  var tlv = (type, value) => type.toString(16).toUpperCase() + value.length.toString(16).toUpperCase().padStart(2, "0") + value;

  // token/hotp.ts
  async function hotp(key2, counter, digits, hash = "SHA1") {
    return truncate(await hmac(hash, key2, uint64(counter)), digits);
  }
  function truncate(mac, digits) {
    if (digits < 4 || digits > 10) throw new RangeError("a code has 4 to 10 digits");
    let at = mac[mac.length - 1] & 15, value = new DataView(mac.buffer, mac.byteOffset).getUint32(at) & 2147483647;
    return (BigInt(value) % 10n ** BigInt(digits)).toString().padStart(digits, "0");
  }
  function totp(key2, unix, step, digits, hash) {
    return hotp(key2, timeStep(unix, step), digits, hash);
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
  function checkQuestion(s, question2) {
    if (question2.length < shortest(s) || question2.length > s.longest) throw new QuestionError(0, utf8(question2).length);
    let wrong = [...question2].findIndex((c) => !alphabets[s.alphabet].test(c));
    if (wrong >= 0) throw new QuestionError(wrong + 1, question2.length);
  }
  function encodeQuestion(s, ...questions) {
    for (let q2 of questions) checkQuestion(s, q2);
    let joined = questions.join(""), q = s.alphabet === "A" ? utf8(joined) : nibbles(s.alphabet === "N" ? BigInt(joined).toString(16) : joined);
    return concat(q, new Uint8Array(128 - q.length));
  }
  var nibbles = (digits) => fromHex(digits.length % 2 ? digits + "0" : digits);

  // token/ocra.ts
  async function ocra(suite2, key2, input) {
    if (input.questions.length < 1 || input.questions.length > 2) throw new RangeError("a response has one question or two");
    let data2 = concat(
      suite2.text,
      new Uint8Array(1),
      part(suite2.counter, input.counter, uint64, "a counter"),
      encodeQuestion(suite2, ...input.questions),
      part(suite2.pin !== void 0, input.pinHash, (p) => exact(p, suite2), "a PIN"),
      part(suite2.session > 0, input.session, (s) => session2(s, suite2.session), "session data"),
      part(suite2.step > 0, input.unix, (t) => uint64(timeStep(t, suite2.step)), "a time")
    ), mac = await hmac(suite2.hash, key2, data2);
    return suite2.digits === 0 ? hex(mac) : truncate(mac, suite2.digits);
  }
  function hashPIN(suite2, pin) {
    if (!suite2.pin) throw new RangeError("the suite has no PIN");
    return digest(suite2.pin, utf8(pin));
  }
  function part(named, value, encode, what) {
    if (named !== (value !== void 0)) throw new RangeError(`the suite ${named ? "needs" : "does not take"} ${what}`);
    return value === void 0 ? none : encode(value);
  }
  function exact(pinHash, suite2) {
    if (suite2.pin && pinHash.length !== hashSize(suite2.pin)) throw new RangeError("the hash of the PIN has the wrong length");
    return pinHash;
  }
  function session2(s, length) {
    if (s.length > length) throw new RangeError("the session data are longer than the suite allows");
    return concat(new Uint8Array(length - s.length), s);
  }

  // token/generate.ts
  async function codeOf(profile, token, input) {
    switch (profile.kind) {
      case "hotp":
        return hotp(token, input.counter, profile.digits, profile.hash);
      case "totp":
        return totp(token, input.unix, profile.step, profile.digits, profile.hash);
      case "ocra":
        return ocraCode(profile.suite, token, input);
    }
  }
  async function ocraCode(text3, token, input) {
    let suite2 = parseSuite(text3), parts = { questions: input.questions };
    return suite2.counter && (parts.counter = input.counter), suite2.step > 0 && (parts.unix = input.unix), suite2.pin && (parts.pinHash = await hashPIN(suite2, input.pin)), ocra(suite2, token, parts);
  }

  // token/test/memory.ts
  var Memory = class {
    constructor() {
      this.keys = /* @__PURE__ */ new Map();
    }
    find(ref) {
      return Promise.resolve(this.keys.get(name(ref)));
    }
    commit(key2, replaces) {
      return replaces && this.keys.delete(name(replaces)), this.keys.set(name(key2), key2), this.kept = void 0, Promise.resolve();
    }
    keepRun(run) {
      return this.kept = structuredClone(run), Promise.resolve();
    }
    run() {
      return Promise.resolve(this.kept);
    }
    dropRun() {
      return this.kept = void 0, Promise.resolve();
    }
  }, name = (ref) => `${ref.url}
${ref.id}`;

  // token/test/interop.ts
  function interop(s, scenes) {
    for (let scene of scenes) s.add(scene.name, () => play(scene));
  }
  var cheats = {
    tampered: "unverified",
    "no-proof": "unverified",
    "changed-nonce": "unverified",
    // by a renewal; else the server refuses
    "no-echo": "malformed",
    "foreign-key": "unacceptable",
    "with-secret": "unacceptable",
    overwriting: "unacceptable",
    "other-session": "malformed",
    "other-name": "unacceptable",
    "other-method": "unacceptable",
    "other-algorithm": "unacceptable"
  }, Stage = class {
    constructor(scene) {
      this.scene = scene;
      this.storage = new Memory();
      this.sent = [];
      this.answers = 0;
      // fetch loses or changes answers on their way.
      this.fetch = async (url, init) => {
        this.sent.push(text(init.body));
        let response2 = await fetch(url, init), body = text(new Uint8Array(await response2.arrayBuffer())), final = body.includes("KeyProvServerFinished");
        if (this.scene.trouble === "lost" && this.answers++ % 2 === 0) throw new TypeError("lost");
        if (this.scene.trouble === "closed" && final && this.answers++ === 0) throw new TypeError("lost");
        return new Response(utf8(this.change(body, final)), { status: response2.status, headers: response2.headers });
      };
      let put = (id, token) => {
        this.storage.commit({ url: scene.url, id, token: fromHex(token) }, void 0);
      };
      scene.oldID !== void 0 && put(scene.oldID, scene.oldToken ?? ""), scene.trouble === "overwriting" && put("K" + parseCode(scene.code).clientID, "00"), this.before = this.stored();
    }
    stored() {
      return [...this.storage.keys.values()].map((k) => `${k.id} ${hex(k.token)}`).join();
    }
    change(body, final) {
      let { trouble } = this.scene;
      if (trouble === "tampered" && final) return body.replace("<pskc:Issuer>", "<pskc:Issuer>Evil ").replace(/(<dskpp:Mac [^>]*>)(.)/, (_, tag, c) => tag + (c === "A" ? "B" : "A"));
      if (trouble === "no-proof") return final ? body.replace(/<dskpp:AuthenticationData>.*?<\/dskpp:AuthenticationData>/, "") : body.replace(/<dskpp:Mac .*?<\/dskpp:Mac>/, "");
      if (trouble === "changed-nonce" && !final) return body.replace(/(<dskpp:Payload><dskpp:Nonce>)(.)/, (_, tag, c) => tag + (c === "A" ? "B" : "A"));
      if (trouble === "no-echo") return body.replace(/<dskpp:Extensions>.*<\/dskpp:Extensions>/, "");
      if (trouble === "other-session" && final) return body.replace(/SessionID="/, "$&x");
      if (trouble === "other-name") return body.replace("<ds:KeyName>", "$&x");
      if (trouble === "other-method") return body.replace("</dskpp:KeyProtectionMethod>", "x$&");
      if (trouble === "other-algorithm") return body.replace(/(<pskc:Key [^>]*Algorithm="[^"]*):hotp"/, '$1:totp"');
      let sealed = `<pskc:Secret><pskc:EncryptedValue><e:EncryptionMethod xmlns:e="${ns.xenc}"/><e:CipherData xmlns:e="${ns.xenc}"><e:CipherValue>AAAA</e:CipherValue></e:CipherData></pskc:EncryptedValue></pskc:Secret>`;
      return trouble === "with-secret" && final ? body.replace("<pskc:Data>", "$&" + sealed) : body;
    }
    client(attempts) {
      let options = { storage: this.storage, fetch: this.fetch, attempts, keyTypes: [this.scene.keyType], prfs: prfs2(this.scene.prf) };
      return this.scene.trouble === "foreign-key" && (options.serverKeys = [fromHex("3000")]), new Client(options);
    }
  }, prfs2 = (uri2) => uri2 === "" ? [prfSHA256, prfAES] : [prfOf(uri2)];
  async function play(scene) {
    let stage = new Stage(scene), guard = scene.method === "transport" ? { kind: "transport", keys: await generate() } : guardOf(scene), begin = (client) => start(client, scene, guard);
    if (scene.refusal !== void 0) {
      let e = await fails(Fault, () => begin(stage.client(1)));
      return equal(`${e.why} ${e.status}`, `refused ${scene.refusal}`), untouched(stage);
    }
    if (scene.trouble === "closed") return closed(stage, guard, begin);
    if (scene.trouble !== void 0 && scene.trouble !== "lost") return cheated(stage, begin);
    await prove(stage, await begin(stage.client(2))), scene.trouble === "lost" && equal(stage.sent.filter((m, i) => m === stage.sent[i + 1]).length, scene.method === "server" || scene.method === "shared" ? 2 : 1);
  }
  function guardOf(scene) {
    let key2 = fromHex(scene.shared);
    return scene.method === "wrap" ? { kind: "wrap", name: scene.sharedName, key: key2 } : scene.method === "passphrase" ? { kind: "passphrase", passphrase: scene.passphrase } : scene.method === "shared" ? { name: scene.sharedName, key: key2 } : void 0;
  }
  function start(client, scene, guard) {
    let order = { url: scene.url, code: parseCode(scene.code), clientInfo: utf8("client's own") };
    return scene.oldID !== void 0 && (order.replaces = scene.oldID), guard && "kind" in guard ? client.twoPass(order, guard) : client.fourPass(order, guard);
  }
  async function closed(stage, guard, begin) {
    equal((await fails(Fault, () => begin(stage.client(1)))).why, "transport"), equal(`${stage.storage.kept !== void 0} ${stage.storage.keys.size}`, `true ${stage.scene.oldID === void 0 ? 0 : 1}`);
    let key2 = await stage.client(1).resume(guard && "kind" in guard ? guard : void 0);
    equal(stage.sent[stage.sent.length - 1], stage.sent[stage.sent.length - 2]), await prove(stage, key2);
  }
  async function cheated(stage, begin) {
    let e = await fails(Fault, () => begin(stage.client(1))), refused = stage.scene.trouble === "changed-nonce" && stage.scene.oldID === void 0;
    return equal(e.why, refused ? "refused" : cheats[stage.scene.trouble]), untouched(stage);
  }
  function untouched(stage) {
    equal(stage.stored(), stage.before), equal(stage.storage.kept, void 0);
  }
  async function prove(stage, key2) {
    equal(stage.storage.kept, void 0), equal([...stage.storage.keys.values()].map((k) => k.id).join(), key2.id);
    let code2 = await codeOf(key2.profile, key2.token, { counter: key2.counter, unix: 17e8, questions: ["Q1234567"], pin: "" }), answer = await fetch(`${stage.scene.check}?key=${key2.id}&code=${code2}`, { method: "POST" });
    equal(`${answer.status} ${await answer.text()}`, "200 the same");
  }

  // token/test/known.ts
  function known2(s) {
    addAES(s), addMACs(s), addKeyWrap(s), addInitialValues(s), addPasswords(s), addCodes(s);
  }
  var key = "2b7e151628aed2a6abf7158809cf4f3c", text2 = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
  function addAES(s) {
    let fips = [
      ["000102030405060708090a0b0c0d0e0f", "69c4e0d86a7b0430d8cdb78070b4c55a"],
      ["000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "8ea2b7ca516745bfeafc49904b496089"]
    ];
    for (let [k, c] of fips)
      s.add(`FIPS 197, ${k.length * 4} bits`, async () => {
        let aes = await Blocks.of(fromHex(k));
        equal(hex(await aes.encrypt(fromHex("00112233445566778899aabbccddeeff"))), c), equal(hex(await aes.decrypt(fromHex(c))), "00112233445566778899aabbccddeeff");
      });
    let cmacs = [
      [0, "bb1d6929e95937287fa37d129b756746"],
      [16, "070a16b46b4d4144f79bdd9dd04a287c"],
      [40, "dfa66747de9ae63030ca32611497c827"],
      [64, "51f0bebf7e3b9d92fc49741779363cfe"]
    ];
    for (let [n, want] of cmacs) s.add(`RFC 4493, ${n} octets`, async () => equal(hex(await cmac(fromHex(key), fromHex(text2.slice(0, 2 * n)))), want));
  }
  function addMACs(s) {
    s.add("RFC 4231, case 1", async () => equal(hex(await hmac("SHA256", fromHex("0b".repeat(20)), utf8("Hi There"))), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")), s.add("RFC 4231, case 2", async () => equal(hex(await hmac("SHA256", utf8("Jefe"), utf8("what do ya want for nothing?"))), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")), s.add("RFC 4231, case 6, a long key", async () => equal(hex(await hmac("SHA512", fromHex("aa".repeat(131)), utf8("Test Using Larger Than Block-Size Key - Hash Key First"))), "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598")), s.add("RFC 6063, appendix D: blocks, their numbers and the cut", async () => {
      let k = fromHex(key), one = hex(await cmac(k, fromHex("00000001abcd"))), two = hex(await cmac(k, fromHex("00000002abcd")));
      equal(hex(await derive(prfAES, k, fromHex("abcd"), 20)), (one + two).slice(0, 40));
      let first = hex(await hmac("SHA256", k, fromHex("00000001abcd")));
      equal(hex(await derive(prfSHA256, k, fromHex("abcd"), 16)), first.slice(0, 32));
    }), s.add("D-22, IP-16: keys of a PRF", async () => {
      let s2 = utf8("s");
      await fails(RangeError, () => derive(prfSHA256, new Uint8Array(15), s2, 16)), await fails(RangeError, () => derive(prfAES, new Uint8Array(17), s2, 16)), equal((await derive(prfSHA256, new Uint8Array(20), s2, 40)).length, 40);
    });
  }
  function addKeyWrap(s) {
    let all = "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f", kek = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", padded = "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8", cases = [
      ["RFC 3394, section 4.1", kek.slice(0, 32), "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5", all.slice(0, 32)],
      ["RFC 3394, section 4.6", kek, "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21", all],
      // RFC 5649 has examples for 192 bits only, which Chromium lacks; these two are OpenSSL's.
      ["RFC 5649, 7 octets under 128 bits", all.slice(0, 32), "e543256789e51bcb478e9e6a032074aa", hex(utf8("foobar!"))],
      ["RFC 5649, 20 octets under 128 bits", all.slice(0, 32), "ab8855cbcaa73de6e384f6461a65b2c75449261f90036b84367fab8d4bb8366e", hex(utf8("twenty octets of key"))],
      ["RFC 5649, section 6, 20 octets", padded, "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a", "c37b7e6492584340bed12207808941155068f738"],
      ["RFC 5649, section 6, 7 octets", padded, "afbeb0f07dfbf5419200f2ccb50bb24f", "466f7250617369"]
    ];
    for (let [name2, k, wrapped, want] of cases)
      k === padded && typeof DOMParser < "u" || s.add(name2, async () => {
        equal(hex(await unwrap(fromHex(k), fromHex(wrapped))), want);
        for (let i = 0; i < wrapped.length / 2; i += 5) {
          let bad = fromHex(wrapped);
          bad[i] = bad[i] ^ 1, await fails(RangeError, () => unwrap(fromHex(k), bad));
        }
      });
  }
  function addInitialValues(s) {
    let kek = fromHex("00112233445566778899aabbccddeeff");
    s.add("RFC 5649, section 3: the initial value", async () => {
      equal(hex(await unwrap(kek, fromHex("10e971a926dbf8e4ee3db59cd407a77331063089f1cbc811"))), hex(utf8("fifteen octets.")));
      let wrong = [
        "0b1b361269e78b5ab28a638e4f7010ff0960a7f013eba5ea",
        // a padding that is not zero
        "7911e2be833c3d91b8e45832ef7e910583d15155f0266a12",
        // another constant
        "058930542fe56e587a30b18911c5e32f19f4e429043a6ec4"
        // a length that needs fewer blocks
      ];
      for (let w of wrong) await fails(RangeError, () => unwrap(kek, fromHex(w)));
    });
  }
  function addPasswords(s) {
    let cases = [
      ["password", "salt", 1, 20, "0c60c80f961f0e71f3a9b524af6012062fe037a6"],
      ["password", "salt", 4096, 20, "4b007901b765489abead49d926f721d065a429c1"],
      ["passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096, 25, "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"],
      ["pass\0word", "sa\0lt", 4096, 16, "56fa6aa75548099dcc37d7f03425e0c3"]
    ];
    for (let [p, salt, c, n, want] of cases) s.add(`RFC 6070, ${c} iterations, ${n} octets`, async () => equal(hex(await pbkdf2(utf8(p), utf8(salt), c, n)), want));
    s.add("RFC 6063, appendix B.3.3: the derived key", async () => equal(hex(await pbkdf2(utf8("qwerty"), fromHex("123eff3c4a72129c"), 1e3, 16)), "651e63cd57008476af1ff6422cd02e41"));
    let prepared = [["I­X", "IX"], ["user", "user"], ["USER", "USER"], ["ª", "a"], ["Ⅸ", "IX"], ["a b", "a b"]];
    s.add("RFC 4013, section 3", async () => {
      for (let [typed, want] of prepared) equal(saslprep(typed), want);
      await fails(RangeError, () => saslprep("\x07")), await fails(RangeError, () => saslprep("ا1")), await fails(RangeError, () => saslprep("אbא"));
    }), s.add("base64 is strict", async () => {
      equal(hex(fromBase64(` /+8
=`)), "ffef"), equal(base64(fromHex("ffef")), "/+8=");
      for (let bad of ["A", "AA", "A===", "AA=A", "AA-_"]) await fails(RangeError, () => fromBase64(bad));
    });
  }
  function addCodes(s) {
    s.add("CRC-16/X-25", () => equal(crc16("123456789"), "906E")), s.add("RFC 6063, section 3.4.1.1: examples of codes", () => {
      let code2 = { clientID: "AC00000A", password: "3582AF0C3E" };
      equal(formatCode(code2, !1), "108AC00000A20A3582AF0C3E"), equal(formatCode(code2, !0), "108AC00000A20A3582AF0C3E304EE97"), equal(formatCode(typedCode("myclient!D", "mYpas&#rD"), !1), "1146D79636C69656E7421442126D5970617326237244"), equal(JSON.stringify(parseCode("108a-c000-00A2 0A35-82af-0C3E-304E-E97")), JSON.stringify(code2)), equal(JSON.stringify(parseCode("108AC00000A900F01A20A3582AF0C3E")), JSON.stringify(code2));
    });
    let wrong = [
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
      ["108AC00000A20A3582AF0C3F304EE97", "checksum", 0]
    ];
    for (let [typed, fault, at] of wrong)
      s.add(`a wrong code: ${fault} in ${typed}`, async () => {
        let e = await fails(CodeError, () => parseCode(typed));
        equal(`${e.fault} ${e.at}`, `${fault} ${at}`);
      });
    s.add("every single wrong digit of a code with checksum is found", async () => {
      let good = "108AC00000A20A3582AF0C3E304EE97";
      for (let i = 0; i < good.length; i++) {
        let other = ((parseInt(good.charAt(i), 16) + 1) % 16).toString(16);
        await fails(CodeError, () => parseCode(good.slice(0, i) + other + good.slice(i + 1)));
      }
    });
  }

  // token/trigger.ts
  function readTrigger(octets) {
    let root = parse(octets);
    if (root.namespaceURI !== ns.dskpp || root.localName !== "KeyProvTrigger") throw malformed("this is no trigger");
    let outer = new Fields(root, ns.dskpp), f = new Fields(outer.required("InitializationTrigger"), ns.dskpp);
    outer.end();
    let device = f.optional("DeviceIdentifierData"), keyID = f.optional("KeyID");
    f.optional("TokenPlatformInfo");
    let code2 = readCode(f.required("AuthenticationData")), url = f.optional("ServerUrl");
    f.others(ns.dskpp), f.end();
    let out = {};
    return device && (out.device = readDevice(new Fields(device, ns.dskpp).required("DeviceId"))), keyID && (out.keyID = text(octetContent(keyID))), code2 && (out.code = code2), url && (out.url = uriContent(url)), out;
  }
  var ours = "urn:countersign:dskpp";
  function readCode(e) {
    let f = new Fields(e, ns.dskpp);
    f.optional("ClientID");
    let code2 = f.optional("ActivationCode", ours);
    return code2 && parseCode(content(code2));
  }

  // token/test/messages.ts
  function messages(s, examples) {
    addDocuments(s), addExamples(s, examples), addAnswers(s), addPolicies(s);
  }
  function addDocuments(s) {
    let refused = [
      ["a document type", utf8("<!DOCTYPE a><a/>")],
      ["an entity", utf8('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>')],
      ["an instruction", utf8('<?xml-stylesheet href="x"?><a/>')],
      ["another encoding", utf8('<?xml version="1.0" encoding="ISO-8859-1"?><a/>')],
      ["no UTF-8", fromHex("3c613e80 3c2f613e".replace(/ /g, ""))],
      ["no XML", utf8("<a>")],
      ["two roots", utf8("<a/><b/>")],
      ["an unknown prefix", utf8("<x:a/>")],
      ["too long", utf8(`<a>${" ".repeat(262144)}</a>`)]
    ];
    for (let [name2, octets] of refused) s.add(`D-09: ${name2} is refused`, async () => equal((await fails(Fault, () => parse(octets))).why, "malformed"));
    s.add("D-09: a comment inside a text is refused", async () => {
      await fails(Fault, () => content(parse(utf8("<a>good<!-- -->bad</a>")))), equal(content(parse(utf8("<a> x<![CDATA[<]]> </a>"))), " x< ");
    }), s.add("what is written is compact and escaped", () => {
      let hello = new TextDecoder().decode(writeHello({ device: { SerialNo: `a&<>"
` }, keyTypes: ["t"], ciphers: ["c"], macs: ["m"] }));
      equal(/>\s/.test(hello), !1), equal(hello.includes("<pskc:SerialNo>a&amp;&lt;&gt;&quot;&#10;</pskc:SerialNo>"), !0), equal(content(parse(utf8(hello)).getElementsByTagNameNS(ns.pskc, "SerialNo")[0]), `a&<>"
`);
    });
  }
  var container = (text3) => readContainer(parse(utf8(text3)).getElementsByTagNameNS(ns.dskpp, "KeyContainer")[0]);
  async function open(c, opener) {
    let secret = c.key.secret;
    if (!secret) throw new Error("the example has no secret");
    return hex(await openValue(secret.value, secret.mac, c.macMethod, opener));
  }
  function addExamples(s, examples) {
    let wrap = examples["rfc6063-b32-finished-wrap.xml"] ?? "", opener = { kek: fromHex("12345678901234567890123456789012") };
    s.add("RFC 6063, appendix B.3.2: the provisioning key", async () => {
      let c = await container(wrap);
      equal(`${c.key.id} ${c.key.profile.digits} ${c.key.counter} ${c.keyInfo?.name}`, "MBK000000001 6 0 Pre-shared-key-1"), equal(await open(c, opener), "543e50a67f4ff9c5b0727341c1cdfc15a29dc6135bc085607cff0914e5bf1417f21d0d83cdce6a1e");
    }), s.add("P-31: the MAC is verified before decryption", async () => {
      let c = await container(wrap), secret = c.key.secret;
      secret.value.cipher[0] = secret.value.cipher[0] ^ 1, equal((await fails(Fault, () => open(c, opener))).message, "the MAC of the key package is wrong");
    }), s.add("P-29: no MAC, no key", async () => {
      let stripped = await container(wrap.replace(/<pskc:ValueMAC>[^]*?<\/pskc:ValueMAC>/, ""));
      equal((await fails(Fault, () => open(stripped, opener))).why, "unverified");
      let without = await container(wrap.replace(/<pskc:MACMethod[^]*?<\/pskc:MACMethod>/, ""));
      equal((await fails(Fault, () => open(without, opener))).why, "unverified"), await fails(Fault, () => container(wrap.replace("hmac-sha1", "hmac-md5"))), await fails(Fault, () => container(wrap.replace("<pskc:Secret>", "<pskc:Secret><pskc:PlainValue>AAAA</pskc:PlainValue>"))), await fails(Fault, () => open({ ...stripped, macMethod: { hash: "SHA1", key: { algorithm: "x", cipher: opener.kek } } }, { kek: new Uint8Array(15) }));
    }), s.add("RFC 6063, appendix B.3.3: the provisioning key", async () => {
      let c = await container((examples["rfc6063-b33-finished-passphrase.xml"] ?? "").replace("http://www.w3.org/2009/xmlsec-derivedkey#", ns.xenc11)), derived = c.keyInfo?.derived, kek = await wrappingKey(derived, utf8("qwerty"), 1e3);
      equal(await open(c, { kek }), "d02049329c92c0e419e05ffce60ba9d75e20a350e12e9711fdf9b2419896d175500c92d694116ef6"), equal((await fails(Fault, () => wrappingKey(derived, utf8("qwerty")))).why, "unacceptable");
    }), s.add("RFC 6063, appendix B.1 and B.2: the messages", async () => {
      let trigger = readTrigger(utf8(examples["rfc6063-b1-trigger.xml"] ?? ""));
      equal(`${trigger.device?.SerialNo} ${trigger.keyID} ${trigger.url} ${trigger.code}`, "987654321 HOTP00000001 keyprovservice.example.com undefined");
      let hello = await readServerHello(utf8(examples["rfc6063-b24-server-hello-renewal.xml"] ?? ""));
      equal(`${hello.sessionID} ${hello.key.name} ${hello.prf} ${hello.mac?.algorithm}`, `4114 Example-Key1 ${ns.dskpp}:prf-sha256 ${ns.dskpp}:prf-aes-128`);
      let finished = await readFinished(utf8(examples["rfc6063-b26-finished.xml"] ?? ""));
      equal(`${finished.container.key.id} ${finished.mac.value.length} ${finished.container.moduleID}`, "MBK000000001 32 CM_ID_001");
    }), s.add("D-05: the order of the schema", async () => {
      let hello = examples["rfc6063-b23-server-hello.xml"] ?? "", keyType = /<dskpp:KeyType>[^]*?<\/dskpp:KeyType>/.exec(hello)?.[0] ?? "", moved = hello.replace(keyType, "").replace("</dskpp:KeyProvServerHello>", keyType + "</dskpp:KeyProvServerHello>");
      equal((await fails(Fault, () => readServerHello(utf8(moved)))).why, "malformed");
      for (let change of [["SessionID=", "Session="], ['Version="1.0"', ""], ["EjRWeJASNFZ4kBI0VniQEg==", "EjRWeJASNFZ4kBI0VniQ"], ["<dskpp:Payload>", "x<dskpp:Payload>"]]) {
        let changed = hello.replace(change[0], change[1]);
        equal(changed === hello, !1), equal((await fails(Fault, () => readServerHello(utf8(changed)))).why, "malformed");
      }
    });
  }
  function addAnswers(s) {
    let answer = (status, version2 = "1.0", name2 = "KeyProvServerFinished") => utf8(`<${name2} xmlns="${ns.dskpp}" Version="${version2}" Status="${status}"/>`);
    for (let status of statuses.slice(2))
      s.add(`section 3.3: ${status} ends the run`, async () => {
        for (let name2 of ["KeyProvServerHello", "KeyProvServerFinished"]) {
          let e = await fails(Fault, () => readAnswer(answer(status, "1.0", name2), "KeyProvServerFinished", "Success"));
          equal(`${e.why} ${e.status}`, `refused ${status}`);
        }
      });
    s.add("D-33: Continue and Success where they do not belong", async () => {
      equal((await fails(Fault, () => readAnswer(answer("Continue"), "KeyProvServerFinished", "Success"))).why, "malformed"), equal((await fails(Fault, () => readAnswer(answer("Success"), "KeyProvServerHello", "Continue"))).why, "malformed"), equal((await fails(Fault, () => readAnswer(answer("Fine"), "KeyProvServerFinished", "Success"))).why, "malformed"), equal((await fails(Fault, () => readAnswer(answer("Success", "1.0", "KeyProvTrigger"), "KeyProvServerFinished", "Success"))).why, "malformed");
    }), s.add("D-01, D-02: versions", async () => {
      for (let good of ["1.0", "1.9", "01.007", "1.10"]) readAnswer(answer("Success", good), "KeyProvServerFinished", "Success");
      equal((await fails(Fault, () => readAnswer(answer("Success", "2.0"), "KeyProvServerFinished", "Success"))).status, "UnsupportedVersion");
      for (let bad of ["1", "1.", "1.0000", "x.0", " 1.0"]) equal((await fails(Fault, () => readAnswer(answer("Success", bad), "KeyProvServerFinished", "Success"))).why, "malformed");
    }), s.add("D-37 to D-39: extensions", async () => {
      let read = (inner) => readExtensions(parse(utf8(`<dskpp:Extensions xmlns:dskpp="${ns.dskpp}" xmlns:xsi="${ns.xsi}" xmlns:o="urn:o">${inner}</dskpp:Extensions>`)));
      equal(hex(read(writeExtensions({ serverInfo: fromHex("0102") })?.replace(/<\/?dskpp:Extensions>/g, "") ?? "").serverInfo ?? fromHex("")), "0102"), equal(JSON.stringify(read('<dskpp:Extension xsi:type="o:T"><o:x/></dskpp:Extension>')), "{}");
      let critical = ['<dskpp:Extension xsi:type="o:T" Critical="true"/>', '<dskpp:Extension Critical="1"/>', '<dskpp:Extension xsi:type="dskpp:ServerInfoType" Critical="true"><dskpp:Data>AA==</dskpp:Data></dskpp:Extension>'];
      for (let x of critical) equal((await fails(Fault, () => read(x))).status, "UnknownCriticalExtension");
    });
  }
  function addPolicies(s) {
    let read = (inner) => readPolicy(parse(utf8(`<Policy xmlns="${ns.pskc}">${inner}</Policy>`)));
    s.add("P-19 to P-23: policies", () => {
      equal(read('<Unknown xmlns="urn:o"/>').blocked, !0), equal(read("<KeyUsage>Fly</KeyUsage>").blocked, !0), equal(read('<PINPolicy PINUsageMode="Sometimes"/>').blocked, !0);
      let p = read('<StartDate>2026-01-01T00:00:00Z</StartDate><ExpiryDate>2026-12-31T00:00:00Z</ExpiryDate><PINPolicy PINUsageMode="Local" MinLength="4"/><KeyUsage>OTP</KeyUsage><NumberOfTransactions>2</NumberOfTransactions>');
      equal(`${p.blocked} ${p.pin?.mode} ${p.pin?.shortest}`, "false Local 4");
      let end = Date.parse("2026-12-31T00:00:00Z");
      equal([permits(p, "OTP", end, 1n), permits(p, "OTP", end + 1, 1n), permits(p, "CR", end, 1n), permits(p, "OTP", end, 2n), permits(p, "OTP", 0, 0n)].join(), "true,false,false,false,false"), equal(permits(read("<KeyUsage>Fly</KeyUsage>"), "OTP", end, 0n), !1);
    });
  }

  // token/test/oath.ts
  function oath(s, vectors2) {
    for (let [file, records] of Object.entries(vectors2)) {
      let run = file === "suites.txt" ? suite : file === "questions.txt" ? question : code;
      records.forEach((v, i) => s.add(`${file} ${i + 1}`, () => run(v)));
    }
  }
  async function suite(v) {
    if (v.expect === "ok") return equal(parseSuite(v.suite ?? "").text, v.suite);
    let e = await fails(SuiteError, () => parseSuite(v.suite ?? ""));
    equal(`${e.part} ${e.at}`, `${v.expect} ${v.position}`);
  }
  async function question(v) {
    let s = parseSuite(v.suite ?? ""), questions = [v.question, v.second].filter((q) => q !== void 0);
    if (v.expect === "ok") return equal(hex(encodeQuestion(s, ...questions)), (v.encoded ?? "").padEnd(256, "0"));
    let e = await fails(QuestionError, () => encodeQuestion(s, ...questions));
    equal(e.at > 0 ? `character ${e.at}` : `length ${e.length}`, `${v.expect} ${v.at ?? v.length}`);
  }
  async function code(v) {
    equal(await computed(v), v.code);
  }
  async function computed(v) {
    let key2 = fromHex(v.key ?? ""), hash = v.hash ?? "SHA1", digits = Number(v.digits);
    switch (v.kind) {
      case "hotp":
        return hotp(key2, BigInt(v.counter ?? ""), digits, hash);
      case "totp":
        return equal(timeStep(Number(v.unix), 30), BigInt("0x" + v.step)), totp(key2, Number(v.unix), 30, digits, hash);
      default:
        return response(v);
    }
  }
  async function response(v) {
    let s = parseSuite(v.suite ?? ""), [qc, qs] = [v["client-question"], v["server-question"]], input = { questions: [v.question, v.side === "client" ? qs : qc, v.side === "client" ? qc : qs].filter((q) => q !== void 0) };
    return v.counter !== void 0 && (input.counter = BigInt(v.counter)), v.pin !== void 0 && (input.pinHash = await hashPIN(s, v.pin), equal(hex(input.pinHash), v["pin-hash"])), v.step !== void 0 && (input.unix = Number(BigInt("0x" + v.step)) * s.step), ocra(s, fromHex(v.key ?? ""), input);
  }

  // token/test/vectors.ts
  function vectors(s, v, client) {
    v.prf.forEach((p, i) => s.add(`vectors: PRF ${i + 1}`, async () => equal(hex(await derive(prfOf(p.algorithm), fromHex(p.key), utf8(p.text), p.output.length / 2)), p.output))), v.codes.forEach(
      (c, i) => s.add(`vectors: code ${i + 1}`, () => {
        let code2 = { clientID: c.client_id, password: c.password };
        c.bare.length === 6 + c.client_id.length + c.password.length && (equal(formatCode(code2, !1), c.bare), equal(formatCode(code2, !0), c.text));
        for (let form of [c.bare, c.text, c.human]) equal(JSON.stringify(parseCode(form)), JSON.stringify(code2));
      })
    ), v.bad_codes.forEach((c) => s.add(`vectors: bad code ${c}`, () => fails(CodeError, () => parseCode(c)).then(() => {
    }))), v.k_ac.forEach((k) => s.add("vectors: K_AC", async () => equal(hex(await pbkdf2(utf8(k.password), fromHex(k.r_c + k.k), k.iterations, 16)), k.k_ac))), v.passphrase_key.forEach((k) => s.add("vectors: K of a passphrase", async () => equal(hex(await passphraseKey(k.passphrase, k.client_id, k.url)), k.k)));
    let can = v.runs.filter((r) => !r.encryption.some((e) => e.endsWith("rsa-1_5")));
    for (let r of can) s.add(`vectors: run ${r.name}`, () => replay(r, client));
  }
  async function replay(r, client) {
    let sent = r.messages.map((m) => utf8(m)), answer = sent.pop(), rc = fromHex(r.r_c), run = { variant: r.variant === "FourPass" ? "four-pass" : "two-pass", url: r.url, clientID: parseCode(r.code).clientID, messages: sent, rc, prfs: r.macs, keyTypes: r.key_types }, key2;
    if (r.variant === "FourPass")
      key2 = await finishFourPass({ ...run, agreed: await agreed(r, run) }, answer);
    else {
      await checkMAC(r, run, sent[0]);
      let old = r.old_token ? { token: fromHex(r.old_token) } : void 0;
      key2 = await finishTwoPass({ ...run, method: r.method ?? "" }, answer, await protection(r, client), old);
    }
    equal(`${key2.id} ${key2.serverID} ${hex(key2.token)}`, `${r.key_id} ${r.server_id} ${r.k_token}`);
  }
  async function agreed(r, run) {
    let hello = await readServerHello(run.messages[1]), nonce = run.messages[2];
    await checkMAC(r, run, nonce, hello.rs);
    let stream = prfOf(hello.cipher), k = fromHex(r.k);
    return stream ? equal(texts(nonce, "EncryptedNonce"), btoa(String.fromCharCode(...xor(run.rc, await derive(stream, k, concat("Encryption", hello.rs), run.rc.length))))) : equal(hex(hello.key.spki ?? utf8("none")), r.k), { sessionID: hello.sessionID, k, rs: hello.rs };
  }
  async function checkMAC(r, run, message2, rs) {
    let count2 = Number(texts(message2, "IterationCount")), proof = { code: parseCode(r.code), url: r.url, k: fromHex(r.k), rc: run.rc, iterations: count2 }, mac = await authenticationMAC(prfOf(r.macs[0] ?? ""), rs ? { ...proof, rs } : proof);
    equal(hex(fromBase64(texts(message2, "Mac"))), hex(mac));
  }
  var texts = (message2, name2) => content(parse(message2).getElementsByTagNameNS(ns.dskpp, name2)[0]);
  async function protection(r, client) {
    if (r.method === protections.wrap) return { kind: "wrap", name: r.shared_name ?? "", key: fromHex(r.shared ?? "") };
    if (r.method === protections.passphrase) return { kind: "passphrase", passphrase: r.passphrase ?? "" };
    let privateKey = await crypto.subtle.importKey("pkcs8", client, oaep, !0, ["decrypt"]), { n, e } = await crypto.subtle.exportKey("jwk", privateKey), publicKey = await crypto.subtle.importKey("jwk", { kty: "RSA", n: n ?? "", e: e ?? "" }, oaep, !0, ["encrypt"]);
    return { kind: "transport", keys: { privateKey, publicKey } };
  }

  // token/test/main.ts
  async function tokenTests(m) {
    let s = new Suite();
    return m.scenes ? (interop(s, m.scenes), s.run()) : (known2(s), http(s), oath(s, m.oath), typeof DOMParser < "u" && (messages(s, m.examples), vectors(s, m.vectors, fromBase64(m.client))), s.run());
  }
  Object.assign(globalThis, { tokenTests });
})();
