import type { App, Screen } from "../app";
import { explain } from "../explain";
import { NotOurs, readLink, readTyped, whole, type Found } from "../keys/code";
import { looksLikePicture } from "../approve/picture";
import type { Code } from "../../token/code";
import { CodeError } from "../../token/code";
import { h } from "../ui/dom";
import { button, field, hero, lines, note, problem } from "../ui/parts";
import { installed, offerInstall } from "../install";
import { enrolling } from "./enroll";
import { choosePIN } from "./pin";
import { scanner } from "./scan";
import { working } from "./working";

// welcome is what a device without a token shows.
export const welcome: Screen = (app) => {
  const { t } = app;
  const brand = h("div", { class: "brand" }, h("img", { src: "icon.svg", alt: "" }), h("div", { class: "who" }, h("span", { class: "bank" }, app.bank), h("span", { class: "quiet-text" }, app.name)));
  const steps = h("ol", { class: "steps" }, ...(["welcome.step1", "welcome.step2", "welcome.step3"] as const).map((key) => h("li", {}, h("span", {}, t(key)))));
  return {
    title: app.name,
    plain: true,
    body: [
      brand,
      hero("shield", "info", t("welcome.lead"), t("welcome.more")),
      steps,
      !installed() && offerInstall(app),
      !window.isSecureContext && problem(t("welcome.insecure")),
    ],
    actions: [button(t("welcome.activate"), () => app.go(activate()), "strong", undefined, { id: "activate" }), button(t("language.other"), () => app.speak(app.language === "en" ? "de" : "en"), "quiet", "globe", { id: "language" })],
    shown: () => (app.onPrompts = undefined),
  };
};

// activate takes an activation code: typed, or by a QR picture.
export function activate(wrong = ""): Screen {
  return (app) => {
    const { t } = app;
    const code = lines(t("activate.code"), { name: "code", class: "typed", rows: 3, autocorrect: "off", enterkeyhint: "go" }, t("activate.code_hint"));
    const submit = async (): Promise<void> => {
      try {
        const found = { code: readTyped(code.input.value), half: halves.checked };
        await take(app, found);
      } catch (e) {
        code.fail(explain(t, e));
        if (e instanceof CodeError && e.at > 0) code.input.setSelectionRange(e.at - 1, e.at);
      }
    };
    code.input.addEventListener("keydown", (e) => {
      if (e.key !== "Enter") return;
      e.preventDefault();
      void submit();
    });
    const halves = h("input", { type: "checkbox", id: "halves" });
    const form = h("form", { id: "typing", class: "stack", novalidate: true, on: { submit: (e) => (e.preventDefault(), void submit()) } }, code.box, h("label", { class: "choice bare", for: "halves" }, halves, h("span", {}, t("activate.halves"))));
    return {
      title: t("activate.title"),
      body: [
        wrong !== "" && problem(wrong),
        h("p", { class: "quiet-text" }, t("activate.lead")),
        button(t("activate.scan"), () => app.go(scanner(t("activate.scan"), t("activate.scan_hint"), (a, text) => scanned(a, text))), "strong", "scan", { id: "scan" }),
        h("p", { class: "section" }, t("activate.or")),
        h("div", { class: "card padded" }, form, button(t("continue"), submit, "soft", undefined, { id: "go" })),
        note("info", t("activate.never")),
      ],
    };
  };
}

// scanned takes an activation link, or says that it is none.
async function scanned(app: App, text: string): Promise<string> {
  if (looksLikePicture(text)) return app.t("scan.is_picture");
  try {
    await take(app, readLink(text, app.base));
    return "";
  } catch (e) {
    if (e instanceof CodeError || e instanceof NotOurs) return explain(app.t, e);
    throw e;
  }
}

// take goes on with a code, and first asks for its second half if it came another way.
export function take(app: App, found: Found): Promise<void> {
  return found.half ? app.go(secondHalf(found.code)) : begin(app, found.code);
}

function secondHalf(code: Code): Screen {
  return (app) => {
    const { t } = app;
    const half = field(t("activate.second"), { name: "half", class: "typed", autofocus: true, enterkeyhint: "go" }, t("activate.second_hint"));
    const go = async (): Promise<void> => {
      try {
        await begin(app, whole(code, half.input.value));
      } catch (e) {
        half.fail(explain(t, e));
      }
    };
    return {
      title: t("activate.title"),
      body: [h("p", { class: "quiet-text" }, t("activate.second_lead")), h("form", { novalidate: true, on: { submit: (e) => (e.preventDefault(), void go()) } }, half.box)],
      actions: [button(t("continue"), go, "strong", undefined, { id: "go" })],
    };
  };
}

// begin asks the server what its application demands, and then for a PIN.
export async function begin(app: App, code: Code): Promise<void> {
  const { t } = app;
  await app.reset(working(t("activate.title"), t("working")));
  try {
    await app.server.time();
    await app.describe();
  } catch (e) {
    return app.reset(stopped(explain(t, e), () => begin(app, code)));
  }
  await app.reset(choosePIN(t("pin.title"), (a, pin) => enrolling(a, code, pin)));
}

// stopped says why there is no token yet, and what can be done.
export function stopped(text: string, again?: () => Promise<void>): Screen {
  return (app) => {
    const { t } = app;
    return {
      title: t("activate.title"),
      narrow: true,
      plain: true,
      body: [hero("danger", "bad", t("activate.failed"), text)],
      actions: [
        again && button(t("again"), again, "strong", "refresh", { id: "again" }),
        button(t("activate.other"), () => app.reset(app.token ? app.tabs.code : welcome).then(() => app.go(activate())), again ? "soft" : "strong", undefined, { id: "other-code" }),
        app.token && button(t("cancel"), () => app.home(), "quiet"),
      ],
    };
  };
}
