// The probe of Countersign's risk engine. A page of the bank includes it with
//
//   <script src="…/probe.js" data-to="…" defer></script>
//
// from a path of its own origin; data-to is the address, of the same origin, that
// takes the reports of this visit. It reads no content, keeps nothing in the
// browser, asks no third party, and a page works as well without it.
import { automation } from "./automation";
import { PointerWatch, TypingWatch } from "./behavior";
import { browser, device } from "./device";
import type { Report } from "./report";
import { guarded } from "./stats";
import { TamperWatch } from "./tamper";
import { TimeWatch } from "./times";

// settle is how long after the load the first report leaves, ms: what is changed in
// the page from outside is changed by then.
const settle = 400;

function run(to: string): void {
  const tamper = new TamperWatch();
  const typing = new TypingWatch();
  const pointer = new PointerWatch();
  const times = new TimeWatch();
  for (const watch of [tamper, typing, pointer, times]) watch.start();
  // Neither changes while the page lives, and drawing takes a moment.
  const hardware = device();
  const agent = browser();
  let seq = 0;
  const report = (why: Report["why"]): void =>
    guarded(() => {
      const r: Report = {
        v: 1,
        seq: ++seq,
        why,
        device: hardware,
        browser: agent,
        automation: automation(),
        tamper: tamper.report(),
        typing: typing.report(),
        pointer: pointer.report(),
        time: times.report(),
      };
      send(to, JSON.stringify(r));
    }, undefined);
  setTimeout(() => report("load"), settle);
  document.addEventListener("submit", () => report("submit"), true);
  addEventListener("pagehide", () => report("leave"));
}

// send lets the report survive the page: a form that is submitted leaves it at once.
function send(to: string, body: string): void {
  const blob = new Blob([body], { type: "application/json" });
  if (navigator.sendBeacon?.(to, blob)) return;
  fetch(to, { method: "POST", body: blob, keepalive: true, credentials: "same-origin" }).catch(() => undefined);
}

// The script finds itself while it runs; deferred scripts have a currentScript too.
const to = (document.currentScript as HTMLScriptElement | null)?.dataset["to"];
if (to) guarded(() => run(to), undefined);
