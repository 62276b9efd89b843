import type { Texts } from "../text/text";
import { h, type Child } from "./dom";
import { button } from "./parts";

// ask puts a question before an act that cannot be undone. It resolves to true when the
// person goes on. With better, the way back is the one that is offered first.
export function ask(t: Texts, title: string, content: Child[], yes: string, better?: string): Promise<boolean> {
  return new Promise((resolve) => {
    // The focus is on neither button: a key that is still held would press it.
    const heading = h("h2", { id: "ask-title", tabindex: "-1", autofocus: true }, title);
    const end = (answer: boolean): void => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const go = button(yes, () => end(true), better === undefined ? "bad" : "quiet", undefined, { id: "yes" });
    const back = button(better ?? t("cancel"), () => end(false), better === undefined ? "quiet" : "strong", undefined, { id: "no" });
    const inside = h("div", { class: "inside" }, heading, ...content, ...(better === undefined ? [go, back] : [back, go]));
    const dialog = h("dialog", { "aria-labelledby": "ask-title" }, inside);
    dialog.addEventListener("cancel", (e) => {
      e.preventDefault();
      end(false);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
