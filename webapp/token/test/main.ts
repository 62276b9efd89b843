// The tests of the client. A Go test serves this bundle to a browser, or feeds it to Node,
// which has no parser of XML.
import { fromBase64 } from "../octets";
import { http } from "./http";
import { interop, type Scene } from "./interop";
import { known } from "./known";
import { messages } from "./messages";
import { oath, type Vector } from "./oath";
import { Suite, type Result } from "./suite";
import { vectors, type Vectors } from "./vectors";

// Material is what the Go test read from testdata directories.
interface Material {
  oath: Record<string, Vector[]>;
  examples: Record<string, string>;
  vectors: Vectors;
  client: string; // PKCS #8, base64
  scenes?: Scene[];
}

async function tokenTests(m: Material): Promise<Result[]> {
  const s = new Suite();
  if (m.scenes) {
    interop(s, m.scenes);
    return s.run();
  }
  known(s);
  http(s);
  oath(s, m.oath);
  if (typeof DOMParser !== "undefined") {
    messages(s, m.examples);
    vectors(s, m.vectors, fromBase64(m.client));
  }
  return s.run();
}

Object.assign(globalThis, { tokenTests });
