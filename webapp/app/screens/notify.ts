import type { App, Screen } from "../app";
import { explain } from "../explain";
import { health, subscribe, unsubscribe, type Health } from "../push";
import type { Key } from "../text/text";
import { h } from "../ui/dom";
import { button, hero, note, problem, type Tone } from "../ui/parts";

const tones: Record<Health, Tone> = { on: "good", off: "info", denied: "warn", unsupported: "warn", unreachable: "warn", not_offered: "info" };

// notificationSetup turns messages on and off, and says how they stand.
export const notificationSetup: Screen = (app) => setup()(app);

function setup(wrong = "", now?: Health): Screen {
  return async (app) => {
    const { t } = app;
    const state = now ?? (await health(app));
    const turn = (f: (a: App) => Promise<Health | void>) => async (): Promise<void> => {
      try {
        await app.replace(setup("", (await f(app)) ?? "off"));
      } catch (e) {
        await app.replace(setup(explain(t, e)));
      }
    };
    const may = state === "off" || state === "unreachable" || state === "on";
    return {
      title: t("settings.notify"),
      body: [
        wrong !== "" && problem(wrong),
        hero("bell", tones[state], t(`push.${state}` as Key), t("push.what")),
        state !== "on" && note("info", t("push.without")),
        h("p", { class: "hint" }, t("push.private")),
      ],
      actions: [
        may && state !== "on" && button(t("push.turn_on"), turn(subscribe), "strong", "bell", { id: "turn-on" }),
        state === "on" && button(t("push.turn_off"), turn(unsubscribe), "soft", undefined, { id: "turn-off" }),
      ],
    };
  };
}
