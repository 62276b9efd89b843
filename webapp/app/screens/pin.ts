import type { Octets } from "../../token/octets";
import { same, wipe } from "../../token/octets";
import type { App, Screen } from "../app";
import type { Opening } from "../keys/use";
import { weakness } from "../keys/weak";
import type { Key } from "../text/text";
import { ask } from "../ui/dialog";
import { h } from "../ui/dom";
import { note, problem } from "../ui/parts";
import { pinPad } from "../ui/pinpad";

// choosePIN asks for a new PIN twice, and warns of one that many people have. done gets the
// digits, to be wiped by it.
export function choosePIN(title: string, done: (app: App, pin: Octets) => unknown): Screen {
  let first: Octets | undefined;
  let wrong = "";
  return (app) => {
    const { t } = app;
    const { min, max } = app.info?.pin ?? { min: 4, max: 12 };
    const forget = (): void => {
      wipe(first);
      first = undefined;
    };
    const take = async (pin: Octets): Promise<void> => {
      if (first) {
        const match = same(first, pin);
        forget();
        if (match) return void done(app, pin);
        wipe(pin);
        wrong = t("pin.differ");
      } else if (await accept(app, pin)) {
        wrong = "";
        first = pin;
      } else {
        wipe(pin);
      }
      await app.show();
    };
    const label = first ? t("pin.again") : min === max ? t("pin.choose", { n: String(min) }) : t("pin.choose_between", { min: String(min), max: String(max) });
    const pad = pinPad({ t, label, min, max, done: (pin) => void take(pin) });
    const hint = first ? undefined : h("p", { class: "hint" }, t("pin.hint"));
    return { title, body: [wrong !== "" && problem(wrong), hint, pad.body], end: pad.end };
  };
}

const warnings: Record<string, Key> = { same: "weak.same", row: "weak.row", pattern: "weak.pattern", year: "weak.year", common: "weak.common" };

// accept lets a weak PIN pass only when its owner wants it all the same.
async function accept(app: App, pin: Octets): Promise<boolean> {
  const why = weakness(pin);
  if (!why) return true;
  const { t } = app;
  return ask(t, t("weak.title"), [h("p", {}, t(warnings[why] as Key)), h("p", { class: "hint" }, t("weak.why"))], t("weak.anyway"), t("weak.other"));
}

// askPIN asks for the PIN of the token, or for what this device verifies where its owner
// wants that.
export function askPIN(title: string, why: string, done: (app: App, how: Opening) => unknown, wrong = ""): Screen {
  return async (app) => {
    const { t } = app;
    const b = await app.store.get("biometry");
    const ready = b !== undefined && b.keyID === app.token?.keyID;
    const { min, max } = app.info?.pin ?? { min: 4, max: 12 };
    const pad = pinPad({
      t,
      label: why,
      min,
      max,
      done: (pin) => void done(app, { pin }),
      ...(ready ? { biometry: () => void done(app, "biometry") } : {}),
    });
    return { title, body: [wrong !== "" && problem(wrong), pad.body, app.rejected && note("warn", t("rejected"))], end: pad.end };
  };
}
