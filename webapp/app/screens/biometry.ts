import type { App, Screen } from "../app";
import { explain } from "../explain";
import { toSend } from "../keys/secure";
import { withKey, type Opening } from "../keys/use";
import { enroll, possible } from "../store/biometry";
import { h } from "../ui/dom";
import { button, hero, note, problem } from "../ui/parts";
import { askPIN } from "./pin";
import { inTime, working } from "./working";

// biometrySetup lets the device's fingerprint or face stand for the PIN. Not before the
// server has said that the PIN is right: else a wrong key would be kept.
export const biometrySetup: Screen = (app) => setup()(app);

function setup(wrong = ""): Screen {
  return async (app) => {
    const { t } = app;
    const on = (await app.store.get("biometry"))?.keyID === app.token?.keyID && app.token !== undefined;
    const can = await possible();
    const title = t("settings.biometry");
    const off = async (): Promise<void> => {
      await app.store.drop("biometry");
      await app.replace(setup());
    };
    return {
      title,
      body: [
        wrong !== "" && problem(wrong),
        hero("fingerprint", on ? "good" : "info", t(on ? "biometry.on" : can ? "biometry.off" : "biometry.cannot"), t("biometry.what")),
        note("info", t("biometry.limits")),
        h("p", { class: "hint" }, t("biometry.pin_stays")),
      ],
      actions: [
        !on && can && button(t("biometry.turn_on"), () => app.go(inTime("send", title, askPIN(title, t("prove.biometry"), turnOn))), "strong", "fingerprint", { id: "turn-on" }),
        on && button(t("biometry.turn_off"), off, "soft", undefined, { id: "turn-off" }),
      ],
    };
  };
}

async function turnOn(app: App, how: Opening): Promise<void> {
  const { t, token } = app;
  if (!token) return;
  const title = t("settings.biometry");
  await app.replace(working(title, t("biometry.asking")));
  try {
    await withKey(app.store, token, how, async (key) => {
      await app.server.prove(await toSend(app.store, "token", key, app.clock));
      await app.store.put("biometry", await enroll(token.keyID, app.name, key));
    });
    history.back();
    app.frame.say(t("biometry.done"));
  } catch (e) {
    await app.replace(setup(explain(t, e)));
  }
}
