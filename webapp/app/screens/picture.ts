import type { App, Screen } from "../app";
import { readContent, type Content } from "../approve/content";
import { contentOf, looksLikePicture } from "../approve/picture";
import { explain } from "../explain";
import { answerTo } from "../keys/sign";
import { withKey, type Opening } from "../keys/use";
import { h } from "../ui/dom";
import { button, note } from "../ui/parts";
import { askPIN } from "./pin";
import { scanner } from "./scan";
import { shown, titleOf } from "./content";
import { working } from "./working";

// scanPicture approves without a network: the bank's page shows a picture, this app a code to
// type there.
export const scanPicture: Screen = (app) => scanner(app.t("picture.scan"), app.t("picture.scan_hint"), take)(app);

async function take(app: App, text: string): Promise<string> {
  const { t } = app;
  if (!looksLikePicture(text)) return t("scan.no_picture");
  try {
    const signed = await contentOf(text, await keys(app));
    await app.replace(detail(signed, readContent(signed)));
    return "";
  } catch (e) {
    return explain(t, e);
  }
}

// keys of the bank that the app has; the server is asked for newer ones if there are none.
async function keys(app: App): Promise<JsonWebKey[]> {
  if ((app.info?.pictureKeys.length ?? 0) === 0) await app.describe();
  return app.info?.pictureKeys ?? [];
}

function detail(signed: string, content: Content): Screen {
  return (app) => {
    const { t } = app;
    return {
      title: titleOf(app, content.kind),
      body: [h("p", { class: "quiet-text" }, t("approve.lead", { bank: content.bank })), shown(app, content), note("info", t("approve.check"))],
      actions: [button(t("approve.approve"), () => app.go(pin(signed, content)), "strong", "check", { id: "approve" }), button(t("picture.not_mine"), () => app.reset(notAsked), "bad", undefined, { id: "not-me" })],
    };
  };
}

function pin(signed: string, content: Content, wrong = ""): Screen {
  return (app) => askPIN(titleOf(app, content.kind), app.t("approve.pin", { what: content.lines[0]?.[1] ?? "" }), (a, how) => answer(a, signed, content, how), wrong)(app);
}

async function answer(app: App, signed: string, content: Content, how: Opening): Promise<void> {
  const { t, token, info } = app;
  if (!token || !info) return;
  await app.replace(working(titleOf(app, content.kind), t("working")));
  try {
    const digits = await withKey(app.store, token, how, (key) => answerTo(key, info.signSuite, signed, "", app.clock.unix()));
    await app.reset(typeIt(digits, content));
  } catch (e) {
    await app.replace(pin(signed, content, explain(t, e)));
  }
}

// lifetime of the digits on the screen, in milliseconds.
const lifetime = 90_000;

function typeIt(digits: string, content: Content): Screen {
  return (app) => {
    const { t } = app;
    const half = Math.ceil(digits.length / 2);
    const timer = setTimeout(() => void app.home(), lifetime);
    return {
      title: t("picture.answer"),
      body: [
        h(
          "div",
          { class: "card code-card" },
          h("p", { class: "quiet-text" }, t("picture.type")),
          h("p", { class: "code long", id: "answer" }, h("span", { "aria-hidden": "true" }, `${digits.slice(0, half)}\u2009${digits.slice(half)}`), h("span", { class: "unseen" }, [...digits].join(" "))),
          h("p", { class: "quiet-text" }, t("picture.for", { what: content.lines[0]?.[1] ?? "" })),
        ),
        note("info", t("picture.only_there")),
      ],
      actions: [button(t("done"), () => app.home(), "strong", undefined, { id: "done" })],
      end: () => clearTimeout(timer),
    };
  };
}

// notAsked: without a network nobody can be told, but by telephone.
const notAsked: Screen = (app) => ({
  title: app.t("not_me.title"),
  body: [note("bad", app.t("picture.not_mine_more", { bank: app.bank }))],
  actions: [button(app.t("done"), () => app.home(), "strong", undefined, { id: "done" })],
});
