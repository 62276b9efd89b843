// The tests of the app as far as they need no page. A Go test feeds this bundle to Node.
import { Suite, type Result } from "../../token/test/suite";
import { approvals, type Signed } from "./approvals";
import { codes } from "./codes";
import { keys } from "./keys";
import { protocol } from "./protocol";
import { texts } from "./texts";

// Material is what the Go test computed by other means.
interface Material {
  activation: string; // a code as it is handed out
  signed: Signed;
}

async function appTests(m: Material): Promise<Result[]> {
  const s = new Suite();
  codes(s, m.activation);
  keys(s);
  approvals(s, m.signed);
  protocol(s);
  texts(s);
  return s.run();
}

Object.assign(globalThis, { appTests });
