import type { App, Screen } from "../app";
import { explain } from "../explain";
import { toShow, type SecureCode } from "../keys/secure";
import { withKey, type Opening } from "../keys/use";
import { h } from "../ui/dom";
import { button, hero, note, row } from "../ui/parts";
import { ring } from "../ui/ring";
import { installed, offerInstall } from "../install";
import { askPIN } from "./pin";
import { scanPicture } from "./picture";
import { inTime, working } from "./working";

// home is the tab of secure codes.
export const home: Screen = (app) => {
  const { t } = app;
  const waiting = app.prompts.length;
  return {
    title: app.name,
    tab: "code",
    body: [
      app.rejected && note("warn", t("rejected")),
      waiting > 0 && h("div", { class: "card rows" }, row("bell", t("home.waiting", { n: String(waiting) }), t("home.waiting_note"), () => app.reset(app.tabs.inbox), { id: "waiting" })),
      h("div", { class: "card code-card" }, hero("key", "info", t("home.lead"), t("home.more")), button(t("home.show"), () => app.go(codePIN()), "strong", undefined, { id: "show-code" })),
      h("div", { class: "card rows" }, row("scan", t("home.scan"), t("home.scan_note"), () => app.go(scanPicture), { id: "scan-picture" })),
      !installed() && offerInstall(app),
    ],
    shown: () => (app.onPrompts = () => redraw(app, waiting)),
  };
};

// redraw the tab when something else waits than it shows.
function redraw(app: App, shown: number): void {
  if (app.prompts.length !== shown) void app.show();
}

function codePIN(wrong = ""): Screen {
  return (app) => inTime("show", app.t("code.title"), askPIN(app.t("code.title"), app.t("code.pin"), show, wrong))(app);
}

async function show(app: App, how: Opening): Promise<void> {
  const { t, token } = app;
  if (!token) return;
  await app.replace(working(t("code.title"), t("working")));
  try {
    await app.replace(secureCode(await withKey(app.store, token, how, (key) => toShow(app.store, "token", key, app.clock))));
  } catch (e) {
    await app.replace(codePIN(explain(t, e)));
  }
}

// lifetime of an event-based code on the screen, in milliseconds.
const lifetime = 60_000;

// secureCode shows a code, the next one when its time is over, and then none.
function secureCode(codes: SecureCode[]): Screen {
  const began = Date.now();
  return (app) => {
    const { t } = app;
    const r = ring();
    const digits = h("p", { class: "code", id: "code", "aria-live": "polite" });
    const words = h("p", { role: "timer" });
    const draw = (): void => {
      const now = app.clock.now();
      const current = codes.find((c) => c.until === undefined || now < c.until);
      const left = current?.until === undefined ? began + lifetime - Date.now() : current.until - now;
      if (!current || left <= 0) return void app.home();
      if (digits.dataset.code !== current.code) write(digits, current.code);
      r.set(current.until === undefined ? left / lifetime : left / (current.until - (current.from ?? now)));
      words.textContent = t("code.left", { time: app.when.left(left) });
    };
    const timer = setInterval(draw, 250);
    draw();
    return {
      title: t("code.title"),
      body: [h("div", { class: "card code-card" }, h("p", { class: "quiet-text" }, t("code.type")), digits, h("div", { class: "left" }, r.element, words)), note("info", t("code.never"))],
      actions: [button(t("code.hide"), () => app.home(), "soft", undefined, { id: "hide" })],
      end: () => clearInterval(timer),
    };
  };
}

// write shows the digits in two groups, and says them one by one to who listens.
function write(e: HTMLElement, code: string): void {
  const half = Math.ceil(code.length / 2);
  e.dataset.code = code;
  e.classList.toggle("long", code.length > 6);
  e.replaceChildren(h("span", { "aria-hidden": "true" }, `${code.slice(0, half)}\u2009${code.slice(half)}`), h("span", { class: "unseen" }, [...code].join(" ")));
}
