import type { Texts } from "../text/text";
import { h, type Child } from "./dom";
import { button } from "./parts";

// ask puts a question before an act that cannot be undone. It resolves to true when the
// person goes on.
export function ask(t: Texts, title: string, content: Child[], yes: string, kind: "strong" | "bad" = "bad"): Promise<boolean> {
  return new Promise((resolve) => {
    // The focus is on neither button: a key that is still held would press it.
    const heading = h("h2", { id: "ask-title", tabindex: "-1", autofocus: true }, title);
    const end = (answer: boolean): void => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const inside = h("div", { class: "inside" }, heading, ...content, button(yes, () => end(true), kind, undefined, { id: "yes" }), button(t("cancel"), () => end(false), "quiet", undefined, { id: "no" }));
    const dialog = h("dialog", { "aria-labelledby": "ask-title" }, inside);
    dialog.addEventListener("cancel", (e) => {
      e.preventDefault();
      end(false);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
