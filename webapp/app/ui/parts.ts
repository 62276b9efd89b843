import { h, type Child, type Props } from "./dom";
import { icon, type Icon } from "./icon";

// button is one act. The strong one stands once on a screen.
export function button(text: string, act: () => unknown, kind: "strong" | "soft" | "quiet" | "bad" = "strong", drawing?: Icon, props: Props = {}): HTMLButtonElement {
  const b = h("button", { type: "button", class: `button ${kind}`, ...props }, drawing && icon(drawing), h("span", {}, text));
  b.addEventListener("click", () => void once(b, act));
  return b;
}

// once keeps an act from being started again before it has ended.
async function once(b: HTMLButtonElement, act: () => unknown): Promise<void> {
  if (b.getAttribute("aria-disabled") === "true") return;
  b.setAttribute("aria-disabled", "true");
  try {
    await act();
  } finally {
    b.removeAttribute("aria-disabled");
  }
}

// row leads to another screen.
export function row(drawing: Icon, title: Child, note: Child, act: () => unknown, props: Props = {}): HTMLButtonElement {
  return h(
    "button",
    { type: "button", class: "row", ...props, on: { click: () => void act() } },
    h("span", { class: "sign" }, icon(drawing)),
    h("span", { class: "words" }, h("span", { class: "title" }, title), !!note && h("span", { class: "note" }, note)),
    h("span", { class: "go" }, icon("chevron")),
  );
}

// fact is a name and a value; both are shown as they are, whatever they are written in.
export const fact = (name: string, value: Child, strong = false): HTMLElement =>
  h("div", { class: strong ? "fact strong" : "fact" }, h("dt", {}, h("bdi", {}, name)), h("dd", {}, h("bdi", {}, value)));

export type Tone = "good" | "bad" | "warn" | "info";

const signs: Record<Tone, Icon> = { good: "check", bad: "danger", warn: "alert", info: "info" };

// note is a message that stays on the screen. Its tone is also in its sign and words.
export const note = (tone: Tone, ...content: Child[]): HTMLElement => h("div", { class: `notice ${tone}` }, icon(signs[tone]), h("div", {}, ...content));

// problem is a note that is read out at once.
export const problem = (...content: Child[]): HTMLElement => {
  const n = note("bad", ...content);
  n.setAttribute("role", "alert");
  return n;
};

// hero opens a screen with a sign and a few words.
export const hero = (drawing: Icon, tone: Tone, text: Child, more?: Child): HTMLElement =>
  h("div", { class: `hero ${tone}` }, h("span", { class: "disc" }, icon(drawing)), h("p", { class: "lead" }, text), !!more && h("p", { class: "more" }, more));

// Field is a labeled input with room for what is wrong with it.
export interface Field<E extends HTMLElement> {
  box: HTMLElement;
  input: E;
  fail(text: string): void;
}

export const field = (label: string, props: Props, hint?: string): Field<HTMLInputElement> => labeled("input", label, props, hint);

// lines is a field for what does not fit into one line.
export const lines = (label: string, props: Props, hint?: string): Field<HTMLTextAreaElement> => labeled("textarea", label, props, hint);

function labeled<K extends "input" | "textarea">(tag: K, label: string, props: Props, hint?: string): Field<HTMLElementTagNameMap[K]> {
  const id = `f-${String(props.name)}`;
  const input = h(tag, { id, autocomplete: "off", spellcheck: "false", autocapitalize: "off", "aria-describedby": `${id}-hint ${id}-wrong`, ...props });
  const wrong = h("p", { id: `${id}-wrong`, class: "wrong", role: "alert" });
  const box = h("div", { class: "field" }, h("label", { for: id }, label), hint !== undefined && h("p", { id: `${id}-hint`, class: "hint" }, hint), input, wrong);
  if (hint === undefined) input.setAttribute("aria-describedby", `${id}-wrong`);
  const fail = (text: string): void => {
    wrong.textContent = text;
    input.setAttribute("aria-invalid", text === "" ? "false" : "true");
    if (text !== "") input.focus();
  };
  return { box, input, fail };
}

export const spinner = (text: string): HTMLElement => h("div", { class: "busy", role: "status" }, h("span", { class: "spin" }), h("p", {}, text));
