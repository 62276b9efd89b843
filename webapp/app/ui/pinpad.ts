import type { Octets } from "../../token/octets";
import { wipe } from "../../token/octets";
import type { Texts } from "../text/text";
import { h } from "./dom";
import { icon } from "./icon";

export interface PinPad {
  body: HTMLElement;
  clear(): void;
  end(): void; // forgets the digits and stops listening
}

// Options of a pad. done gets the digits as octets, which are its to wipe.
export interface PadOptions {
  t: Texts;
  label: string;
  min: number;
  max: number;
  done: (pin: Octets) => void;
  biometry?: () => void;
}

// pinPad takes a PIN by keys on the screen or of a keyboard. It is no input field: nothing
// offers to remember what is typed, and the digits are octets that can be overwritten.
export function pinPad(o: PadOptions): PinPad {
  const pad = new Pad(o);
  return { body: pad.body, clear: () => pad.clear(), end: () => pad.end() };
}

class Pad {
  private readonly digits = new Uint8Array(16);
  private n = 0;
  private readonly dots = h("div", { class: "dots", "aria-hidden": "true" });
  private readonly said = h("p", { class: "unseen", role: "status", "aria-live": "polite" });
  private readonly ok: HTMLButtonElement;
  readonly body: HTMLElement;

  constructor(private readonly o: PadOptions) {
    const { t } = o;
    this.ok = h("button", { type: "button", class: "button strong pin-ok", on: { click: () => this.submit() } }, t("continue"));
    const key = (d: number): HTMLButtonElement => h("button", { type: "button", class: "key", "data-digit": d, on: { click: () => this.add(48 + d) } }, String(d));
    const remove = h("button", { type: "button", class: "key soft", "aria-label": t("pin.delete"), on: { click: () => this.remove() } }, icon("arrowLeft"));
    const finger = o.biometry
      ? h("button", { type: "button", class: "key soft", id: "biometry", "aria-label": t("pin.biometry"), on: { click: () => o.biometry?.() } }, icon("fingerprint"))
      : h("span", {});
    const keys = h("div", { class: "keys", role: "group", "aria-label": t("pin.keys") }, ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map(key), finger, key(0), remove);
    this.body = h("div", { class: "pinpad" }, h("p", { class: "pin-label" }, o.label), this.dots, this.said, keys, this.ok);
    document.addEventListener("keydown", this.typed);
    this.draw();
  }

  clear(): void {
    wipe(this.digits);
    this.n = 0;
    this.draw();
  }

  end(): void {
    this.clear();
    document.removeEventListener("keydown", this.typed);
  }

  private readonly typed = (e: KeyboardEvent): void => {
    if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) return;
    if (/^[0-9]$/.test(e.key)) this.add(e.key.charCodeAt(0));
    else if (e.key === "Backspace") this.remove();
    else if (e.key === "Enter" && !(e.target instanceof HTMLButtonElement)) this.submit();
    else return;
    e.preventDefault();
  };

  private add(digit: number): void {
    if (this.n >= this.o.max) return;
    this.digits[this.n++] = digit;
    this.draw();
    if (this.o.min === this.o.max && this.n === this.o.max) this.submit();
  }

  private remove(): void {
    if (this.n === 0) return;
    this.digits[--this.n] = 0;
    this.draw();
  }

  private submit(): void {
    if (this.n < this.o.min) {
      this.said.textContent = this.o.t("pin.short", { n: String(this.o.min) });
      return;
    }
    const pin = this.digits.slice(0, this.n);
    this.clear();
    this.o.done(pin);
  }

  private draw(): void {
    const shown = Math.max(this.o.min, this.n);
    this.dots.replaceChildren(...Array.from({ length: shown }, (_, i) => h("span", { class: i < this.n ? "dot on" : "dot" })));
    this.said.textContent = this.o.t("pin.entered", { n: String(this.n) });
    this.ok.setAttribute("aria-disabled", this.n < this.o.min ? "true" : "false");
  }
}
