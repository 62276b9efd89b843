import type { App, Screen } from "../app";
import { explain } from "../explain";
import type { Token } from "../server/types";
import { known } from "../text/text";
import { h } from "../ui/dom";
import { button, note, row, spinner, type Tone } from "../ui/parts";
import { tokenDetail } from "./token";
import { newDevice } from "./activation";

// tokens is the tab of all tokens of the customer, this one first.
export const tokens: Screen = (app) => {
  const { t } = app;
  const list = h("div", { id: "tokens", class: "stack" }, spinner(t("working")));
  // What stands below the list comes with it: it would else move away under a finger.
  const more = [button(t("tokens.new"), () => app.go(newDevice), "soft", "plus", { id: "new-device" }), h("p", { class: "hint" }, t("tokens.new_hint"))];
  const load = async (): Promise<void> => {
    try {
      const all = sorted(await app.server.tokens());
      list.replaceChildren(...groups(app, all), ...more);
    } catch (e) {
      list.replaceChildren(app.rejected ? note("warn", t("rejected")) : note("warn", explain(t, e)), button(t("again"), load, "soft", "refresh"));
    }
  };
  return {
    title: t("tokens.title"),
    tab: "tokens",
    body: [list],
    shown: () => void load(),
  };
};

const sorted = (all: Token[]): Token[] => [...all].sort((a, b) => Number(b.this) - Number(a.this) || b.created - a.created);

function groups(app: App, all: Token[]): HTMLElement[] {
  const { t } = app;
  const entry = (token: Token): HTMLElement => row("phone", nameOf(app, token), note_(app, token), () => app.go(tokenDetail(token.id)), { "data-token": token.id });
  const group = (title: string, some: Token[]): HTMLElement[] => (some.length === 0 ? [] : [h("p", { class: "section" }, title), h("div", { class: "card rows" }, ...some.map(entry))]);
  const here = all.filter((x) => x.this);
  const others = all.filter((x) => !x.this && x.status !== "archived");
  const gone = all.filter((x) => !x.this && x.status === "archived");
  const box = (parts: HTMLElement[]): HTMLElement => h("div", { class: "stack" }, ...parts);
  return [box([...group(t("tokens.this"), here), ...group(t("tokens.others"), others), ...group(t("tokens.archived"), gone)])];
}

export const nameOf = (app: App, token: Token): string => token.name || token.model || app.t("token.unnamed");

function note_(app: App, token: Token): HTMLElement {
  const parts = [token.model && token.model !== nameOf(app, token) ? token.model : "", token.serial].filter((x) => x !== "");
  return h("span", { class: "words" }, h("span", {}, parts.join(" · ")), h("span", { class: "states" }, badge(app, token), token.migration && h("span", { class: "state warn" }, app.t("state.migrating"))));
}

const tones: Record<string, Tone> = { active: "good", blocked: "bad", provisioning: "warn", code_issued: "warn" };

// badge says the state of a token in a word; its color only repeats it.
export function badge(app: App, token: Token): HTMLElement {
  const key = known(`state.${token.status}`);
  return h("span", { class: `state ${tones[token.status] ?? ""}` }, key ? app.t(key) : token.status);
}
