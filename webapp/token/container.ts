import { readDevice, type Device } from "./device";
import { malformed } from "./fault";
import { readKeyInfo, type KeyInfo } from "./keyinfo";
import { ns } from "./names";
import type { Octets } from "./octets";
import { readPolicy, type Policy } from "./policy";
import type { ProfileInput } from "./profile";
import { readMACMethod, readSealed, type MACMethod, type Sealed } from "./sealed";
import { attributes, content, Fields, octetContent, uriAttribute } from "./xml";

// Container is a PSKC container with one key (RFC 6030, section 4).
export interface Container {
  keyInfo?: KeyInfo;
  macMethod?: MACMethod;
  device?: Device;
  moduleID?: string;
  key: PackagedKey;
}

export interface PackagedKey {
  id: string;
  profile: ProfileInput;
  issuer?: string;
  friendlyName?: string;
  userID?: string;
  secret?: { value: Sealed; mac?: Octets };
  counter?: bigint;
  policy: Policy;
}

const major = /^0?1\.\d{1,3}$/;

// readContainer reads an element of type pskc:KeyContainerType, whatever its own name. A
// signature is not verified: the protocol's MAC covers what is stored.
export async function readContainer(e: Element): Promise<Container> {
  attributes(e, "Version", "Id");
  if (!major.test(e.getAttribute("Version") ?? "")) throw malformed("the key container has an unknown version");
  const fields = new Fields(e, ns.pskc);
  const keyInfo = fields.optional("EncryptionKey");
  const macMethod = fields.optional("MACMethod");
  const out = readPackage(fields.required("KeyPackage"));
  fields.optional("Signature");
  fields.many("Extensions");
  fields.end(); // a run provisions one key
  if (keyInfo) out.keyInfo = await readKeyInfo(keyInfo);
  if (macMethod) out.macMethod = readMACMethod(macMethod);
  return out;
}

function readPackage(e: Element): Container {
  const fields = new Fields(e, ns.pskc);
  const device = fields.optional("DeviceInfo");
  const module = fields.optional("CryptoModuleInfo");
  const out: Container = { key: readKey(fields.required("Key")) };
  fields.many("Extensions");
  fields.end();
  if (device) out.device = readDevice(device);
  if (module) out.moduleID = content(new Fields(module, ns.pskc).required("Id"));
  return out;
}

function readKey(e: Element): PackagedKey {
  attributes(e, "Id", "Algorithm");
  const id = e.getAttribute("Id") ?? "";
  const profile: ProfileInput = { algorithm: uriAttribute(e, "Algorithm") };
  if (id === "" || id.length > 128 || profile.algorithm === "") throw malformed("the key has no Id or no Algorithm");
  const fields = new Fields(e, ns.pskc);
  const texts = { issuer: fields.optional("Issuer") };
  readParameters(fields.optional("AlgorithmParameters"), profile);
  fields.optional("KeyProfileId");
  fields.optional("KeyReference");
  const friendlyName = fields.optional("FriendlyName");
  const data = fields.optional("Data");
  const userID = fields.optional("UserId");
  const out: PackagedKey = { id, profile, policy: readPolicy(fields.optional("Policy")) };
  fields.many("Extensions");
  fields.end();
  for (const [name, value] of Object.entries({ ...texts, friendlyName, userID })) if (value) out[name as "issuer" | "friendlyName" | "userID"] = content(value);
  if (data) readData(data, out);
  return out;
}

function readParameters(e: Element | undefined, out: ProfileInput): void {
  if (!e) return;
  const fields = new Fields(e, ns.pskc);
  const suite = fields.optional("Suite");
  fields.optional("ChallengeFormat");
  const response = fields.optional("ResponseFormat");
  fields.many("Extensions");
  fields.end();
  if (suite) out.suite = content(suite).trim();
  if (!response) return;
  if ((response.getAttribute("Encoding") ?? "") !== "DECIMAL") throw malformed("the responses of the key are not decimal");
  if (/^(true|1)$/.test(response.getAttribute("CheckDigits") ?? "")) throw malformed("the responses of the key have a check digit");
  out.digits = Number(integer(response.getAttribute("Length") ?? "", 1n << 31n));
}

function readData(e: Element, out: PackagedKey): void {
  const fields = new Fields(e, ns.pskc);
  const secret = fields.optional("Secret");
  const counter = fields.optional("Counter");
  const time = fields.optional("Time");
  const interval = fields.optional("TimeInterval");
  const drift = fields.optional("TimeDrift");
  fields.others(ns.pskc);
  fields.end();
  if (secret) out.secret = readSecret(secret);
  if (counter) out.counter = integer(plain(counter), 1n << 63n);
  if (interval) out.profile.step = Number(integer(plain(interval), 1n << 31n));
  // This client counts steps from 1970 by its own clock.
  if ((time && integer(plain(time), 1n << 31n) !== 0n) || (drift && plain(drift).trim() !== "0")) throw malformed("the key has its own time");
}

// readSecret takes encrypted values only: a plain one beside or in place of it would be a
// downgrade.
function readSecret(e: Element): { value: Sealed; mac?: Octets } {
  const fields = new Fields(e, ns.pskc);
  const value = readSealed(fields.required("EncryptedValue"));
  const mac = fields.optional("ValueMAC");
  fields.end();
  return mac ? { value, mac: octetContent(mac) } : { value };
}

function plain(e: Element): string {
  const fields = new Fields(e, ns.pskc);
  const value = content(fields.required("PlainValue"));
  fields.optional("ValueMAC");
  fields.end();
  return value;
}

function integer(text: string, below: bigint): bigint {
  const value = /^\s*\+?\d{1,20}\s*$/.test(text) ? BigInt(text.trim().replace("+", "")) : below;
  if (value >= below) throw malformed("a number in the key package is wrong");
  return value;
}
