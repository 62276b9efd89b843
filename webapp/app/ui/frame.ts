import type { Key, Texts } from "../text/text";
import { h, type Child } from "./dom";
import { icon, type Icon } from "./icon";

// View is what one screen shows.
export interface View {
  title: string;
  body: Child[];
  actions?: Child[]; // at the lower edge, under the thumb
  tab?: Tab; // shows the tabs, with this one chosen
  plain?: boolean; // without a heading of its own: the body has it
  narrow?: boolean; // leaves no way back: a flow that ends by itself
  busy?: boolean; // something is under way that ends by itself: nothing may take its place
  end?: () => void; // when another screen takes its place
  shown?: () => void; // when it is on the page
}

export type Tab = "code" | "inbox" | "tokens" | "settings";

const tabs: [Tab, Icon, Key][] = [
  ["code", "key", "tab.code"],
  ["inbox", "bell", "tab.inbox"],
  ["tokens", "phones", "tab.tokens"],
  ["settings", "settings", "tab.settings"],
];

// Frame is the page around the screens: header, tabs, messages. One element says aloud what
// has happened, and the focus goes to the heading of each new screen.
export class Frame {
  private readonly main = h("main", { id: "main", tabindex: "-1" });
  private readonly back = h("button", { class: "back", type: "button", on: { click: () => this.onBack() } }, icon("arrowLeft"));
  private readonly heading = h("h1", { tabindex: "-1" });
  private readonly header = h("header", { class: "top" }, this.back, this.heading);
  private readonly foot = h("div", { class: "foot" });
  private readonly nav = h("nav", { class: "tabs" });
  private readonly banner = h("div", { class: "banners" });
  private readonly said = h("div", { class: "toast", role: "status", "aria-live": "polite" });
  private ending: (() => void) | undefined;
  private quiet = 0;
  private spoke = 0;

  onBack: () => void = () => undefined;
  onTab: (tab: Tab) => void = () => undefined;

  constructor(
    private readonly name: string,
    private t: Texts,
  ) {
    document.body.replaceChildren(h("div", { class: "app" }, this.banner, this.header, this.main, this.foot, this.nav, this.said));
  }

  speak(t: Texts, language: string): void {
    this.t = t;
    document.documentElement.lang = language;
  }

  show(view: View, hasBack: boolean, waiting: number): void {
    this.ending?.();
    this.ending = view.end;
    document.title = view.title === this.name ? this.name : `${view.title} – ${this.name}`;
    this.heading.textContent = view.title;
    this.header.classList.toggle("plain", view.plain === true);
    this.back.hidden = !hasBack || view.narrow === true;
    this.back.setAttribute("aria-label", this.t("back"));
    this.main.replaceChildren(...view.body.filter((c): c is Node | string => !!c));
    this.foot.replaceChildren(...(view.actions ?? []).filter((c): c is Node | string => !!c));
    this.foot.hidden = !view.actions?.length;
    this.showTabs(view.tab, waiting);
    // What was said on another screen is over; what this one says comes with it.
    if (Date.now() - this.spoke > 500) this.said.classList.remove("shown");
    window.scrollTo(0, 0);
    const first = this.main.querySelector<HTMLElement>("[autofocus]");
    (first ?? this.heading).focus({ preventScroll: true });
  }

  // wait shows how many things wait, beside the tab of the inbox.
  wait(n: number): void {
    const badge = this.nav.querySelector<HTMLElement>(".badge");
    if (!badge) return;
    badge.hidden = n === 0;
    badge.replaceChildren(String(n), h("span", { class: "unseen" }, " " + this.t("tab.waiting")));
  }

  // say puts a message on the screen for a while, and reads it out.
  say(text: string): void {
    this.said.textContent = text;
    this.spoke = Date.now();
    this.said.classList.add("shown");
    clearTimeout(this.quiet);
    this.quiet = window.setTimeout(() => this.said.classList.remove("shown"), 6000);
  }

  // announce keeps a line above everything until it is taken away.
  announce(id: string, content: Child[] | undefined): void {
    this.banner.querySelector(`#${id}`)?.remove();
    if (content) this.banner.append(h("div", { id, class: "banner", role: "status" }, ...content));
  }

  private showTabs(chosen: Tab | undefined, waiting: number): void {
    this.nav.hidden = chosen === undefined;
    this.nav.setAttribute("aria-label", this.t("tabs"));
    this.nav.replaceChildren(
      ...tabs.map(([tab, drawing, key]) =>
        h(
          "button",
          { type: "button", "data-tab": tab, "aria-current": tab === chosen ? "page" : undefined, on: { click: () => this.onTab(tab) } },
          icon(drawing),
          h("span", {}, this.t(key)),
          tab === "inbox" && h("span", { class: "badge", hidden: true }),
        ),
      ),
    );
    this.wait(waiting);
  }
}
