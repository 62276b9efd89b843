import { Fault, malformed } from "./fault";
import { ns } from "./names";
import type { Octets } from "./octets";
import { parseStatus, type Status } from "./status";
import { attributes, octetContent, parse, uriAttribute } from "./xml";

// MAC is a dskpp:MacType.
export interface MAC {
  value: Octets;
  algorithm?: string;
}

export function readMAC(e: Element): MAC {
  attributes(e, "MacAlgorithm");
  const value = octetContent(e);
  return e.hasAttribute("MacAlgorithm") ? { value, algorithm: uriAttribute(e, "MacAlgorithm") } : { value };
}

// Answer is a response of the server: its head has been checked, its children are there to
// be read.
export interface Answer {
  root: Element;
  sessionID?: string;
}

const answers = ["KeyProvServerHello", "KeyProvServerFinished"];

// readAnswer reads the message name with the status due (D-33). It throws a Fault: refused,
// with the status, for every failure, which may come in the message of either step.
export function readAnswer(octets: Octets, name: "KeyProvServerHello" | "KeyProvServerFinished", due: Status): Answer {
  const root = parse(octets);
  if (root.namespaceURI !== ns.dskpp || !answers.includes(root.localName)) throw malformed(`the answer is a ${root.localName}`);
  attributes(root, "Version", "SessionID", "Status");
  checkVersion(root.getAttribute("Version") ?? "");
  const status = parseStatus(root.getAttribute("Status") ?? "");
  if (!status) throw malformed("the answer has no known status");
  if (status !== "Continue" && status !== "Success") throw new Fault("refused", `the server refused: ${status}`, status);
  if (status !== due || root.localName !== name) throw malformed(`the answer is ${root.localName} with ${status}, ${name} with ${due} was due`);
  return session(root);
}

// checkVersion takes any minor version of 1 (section 1.2).
function checkVersion(version: string): void {
  const [, major] = /^(\d{1,2})\.\d{1,3}$/.exec(version) ?? [];
  if (major === undefined) throw malformed("the answer has no version");
  if (+major !== 1) throw new Fault("unacceptable", `the answer is of version ${version}`, "UnsupportedVersion");
}

function session(root: Element): Answer {
  const sessionID = root.getAttribute("SessionID");
  if (sessionID === null) return { root };
  if (sessionID.length > 128) throw malformed("the SessionID is too long");
  return { root, sessionID };
}
