import type { Screen } from "../app";
import { h } from "../ui/dom";
import { note } from "../ui/parts";

// limits says what an app in a browser cannot protect, in the words of its owner's life.
export const limits: Screen = (app) => {
  const { t } = app;
  const list = (...keys: Parameters<typeof t>[0][]): HTMLElement => h("ul", { class: "plain-list" }, ...keys.map((key) => h("li", {}, t(key))));
  return {
    title: t("limits.title"),
    body: [
      note("info", t("limits.lead")),
      h("h2", {}, t("limits.does")),
      h("div", { class: "card padded" }, list("limits.does1", "limits.does2", "limits.does3", "limits.does4")),
      h("h2", {}, t("limits.cannot")),
      h("div", { class: "card padded" }, list("limits.cannot1", "limits.cannot2", "limits.cannot3", "limits.cannot4", "limits.cannot5")),
      h("h2", {}, t("limits.you")),
      h("div", { class: "card padded" }, list("limits.you1", "limits.you2", "limits.you3")),
    ],
  };
};
