import type { App } from "../app";
import type { Content } from "../approve/content";
import { known } from "../text/text";
import { h } from "../ui/dom";
import { fact } from "../ui/parts";

// titleOf says in a word what is asked.
export function titleOf(app: App, kind: string): string {
  const key = known(`kind.${kind}`);
  return app.t(key ?? "kind.other");
}

// shown is everything that is signed: all lines, in their order, as they came.
export function shown(app: App, c: Content): HTMLElement {
  const [first, ...rest] = c.lines;
  return h(
    "dl",
    { class: "card facts", id: "content" },
    first && fact(first[0], first[1], true),
    ...rest.map(([name, value]) => fact(name, value)),
    fact(app.t("content.bank"), c.bank),
    fact(app.t("content.at"), app.when.full(c.at)),
  );
}
