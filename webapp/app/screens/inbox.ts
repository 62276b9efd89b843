import type { App, Screen } from "../app";
import { readContent } from "../approve/content";
import { explain } from "../explain";
import type { Prompt } from "../server/types";
import { h } from "../ui/dom";
import type { Icon } from "../ui/icon";
import { button, hero, note, row } from "../ui/parts";
import { approval } from "./approve";
import { titleOf } from "./content";
import { scanPicture } from "./picture";
import { activate } from "./welcome";

const drawings: Record<string, Icon> = { login: "login", payment: "card", access: "unlock" };

// inbox is the tab of what waits for an approval. It looks again by itself; the button is
// for who does not want to wait.
export const inbox: Screen = (app) => {
  const { t } = app;
  const list = h("div", {});
  const wrong = h("div", {});
  let drawn = "";
  const draw = (): void => {
    const now = app.rejected ? "rejected" : app.prompts.map((p) => p.id).join();
    if (now === drawn && list.hasChildNodes()) return;
    drawn = now;
    list.replaceChildren(content(app));
  };
  const look = async (asked: boolean): Promise<void> => {
    try {
      await app.look();
      wrong.replaceChildren();
      if (asked && app.prompts.length === 0) app.frame.say(t("inbox.checked"));
    } catch (e) {
      wrong.replaceChildren();
      if (!app.rejected) wrong.replaceChildren(note("warn", explain(t, e), h("p", {}, t("inbox.offline"))));
    }
  };
  draw();
  return {
    title: t("inbox.title"),
    tab: "inbox",
    body: [
      wrong,
      list,
      button(t("inbox.check"), () => look(true), "soft", "refresh", { id: "check" }),
      h("p", { class: "section" }, t("inbox.without")),
      h("div", { class: "card rows" }, row("scan", t("home.scan"), t("home.scan_note"), () => app.go(scanPicture), { id: "scan-picture" })),
    ],
    shown: () => {
      app.onPrompts = draw;
      void look(false);
    },
  };
};

// content is what waits, or why nothing does.
function content(app: App): HTMLElement {
  const { t } = app;
  if (app.rejected) return h("div", { class: "stack" }, hero("lock", "bad", t("rejected.title"), t("rejected")), button(t("activate.title"), () => app.go(activate()), "soft", "key", { id: "activate" }));
  if (app.prompts.length === 0) return hero("check", "good", t("inbox.empty"), t("inbox.empty_more"));
  return h("div", { class: "card rows" }, ...app.prompts.map((p) => entry(app, p)));
}

function entry(app: App, p: Prompt): HTMLElement {
  const left = app.t("inbox.left", { time: app.when.left(p.expiresAt - app.clock.now()) });
  let summary = left;
  try {
    const [first] = readContent(p.content).lines;
    if (first) summary = `${first[1]} · ${left}`;
  } catch {
    // What cannot be shown whole is said on its own screen.
  }
  return row(drawings[p.kind] ?? "bell", titleOf(app, p.kind), summary, () => app.go(approval(p)), { "data-prompt": p.id });
}
