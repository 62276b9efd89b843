import { CodeError } from "../token/code";
import { Fault } from "../token/fault";
import { advice } from "../token/status";
import { BadPicture } from "./approve/picture";
import { Strange } from "./approve/content";
import { NotOurs } from "./keys/code";
import { Offline, Refused, Unreadable } from "./server/fault";
import { NoPRF } from "./store/biometry";
import { known, type Texts } from "./text/text";

// explain says in the owner's language what went wrong and what to do. The server's own
// sentence is shown where the app has none for its code.
export function explain(t: Texts, e: unknown): string {
  if (e instanceof Offline) return t("fault.offline");
  if (e instanceof Refused) return refused(t, e);
  if (e instanceof Fault) return provisioning(t, e);
  if (e instanceof CodeError) return typing(t, e);
  if (e instanceof NotOurs) return t("fault.not_ours");
  if (e instanceof BadPicture) return t("fault.picture");
  if (e instanceof Strange || e instanceof Unreadable) return t("fault.strange");
  if (e instanceof NoPRF) return t("fault.no_prf");
  if (e instanceof DOMException && e.name === "NotAllowedError") return t("fault.not_allowed");
  return t("fault.other");
}

function refused(t: Texts, e: Refused): string {
  const key = known(`fault.${e.code}`);
  if (key) return t(key);
  if (e.status === 429) return t("fault.limited");
  return e.detail || t("fault.other");
}

// provisioning: a wrong code and one that was used look alike, as the server means it.
function provisioning(t: Texts, e: Fault): string {
  if (e.why === "transport") return t("fault.offline");
  if (e.why !== "refused" || !e.status) return t("fault.provisioning");
  return t(({ "retry": "fault.retry", "new-code": "fault.new_code", "check-code": "fault.check_code", "update": "fault.update", "ask": "fault.ask" } as const)[advice(e.status)]);
}

function typing(t: Texts, e: CodeError): string {
  if (e.at > 0 && e.fault === "character") return t("fault.code_character", { n: String(e.at) });
  if (e.at > 0) return t("fault.code_at", { n: String(e.at) });
  return t(e.fault === "checksum" ? "fault.code_checksum" : "fault.code_short");
}
