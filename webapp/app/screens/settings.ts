import type { Octets } from "../../token/octets";
import { wipe } from "../../token/octets";
import type { App, Screen } from "../app";
import { explain } from "../explain";
import { toSend } from "../keys/secure";
import { withKey, type Opening } from "../keys/use";
import { health, unsubscribe } from "../push";
import { seal } from "../store/vault";
import { languages, type Key } from "../text/text";
import { ask } from "../ui/dialog";
import { h } from "../ui/dom";
import { note, row } from "../ui/parts";
import { version } from "../version";
import { limits } from "./about";
import { biometrySetup } from "./biometry";
import { notificationSetup } from "./notify";
import { askPIN, choosePIN } from "./pin";
import { inTime, working } from "./working";

// settings is the tab of what concerns this device alone.
export const settings: Screen = async (app) => {
  const { t } = app;
  const [push, finger, lasting] = [await health(app), await app.store.get("biometry"), await navigator.storage?.persisted?.()];
  const offset = Math.round(app.clock.offset / 1000);
  return {
    title: t("settings.title"),
    tab: "settings",
    body: [
      h("p", { class: "section" }, t("settings.this")),
      h(
        "div",
        { class: "card rows" },
        row("bell", t("settings.notify"), t(`push.${push}` as Key), () => app.go(notificationSetup), { id: "notify" }),
        row("fingerprint", t("settings.biometry"), t(finger ? "biometry.on" : "biometry.is_off"), () => app.go(biometrySetup), { id: "biometry-setup" }),
        row("lock", t("settings.pin"), t("settings.pin_note"), () => app.go(changePIN(app)), { id: "change-pin" }),
        row("globe", t("settings.language"), t("language.this"), () => app.go(language), { id: "language" }),
      ),
      h("p", { class: "section" }, t("settings.safety")),
      h("div", { class: "card rows" }, row("shield", t("limits.title"), t("limits.note"), () => app.go(limits), { id: "limits" }), row("trash", t("remove.title"), t("remove.note"), () => remove(app), { id: "remove" })),
      Math.abs(offset) > 60 && note("warn", t("settings.clock", { time: app.when.left(Math.abs(app.clock.offset)) })),
      lasting === false && note("info", t("settings.storage")),
      h("p", { class: "hint" }, t("settings.version", { version, serial: app.token?.serial ?? "" })),
    ],
  };
};

const language: Screen = (app) => {
  const { t } = app;
  const names: Record<string, string> = { en: "English", de: "Deutsch" };
  const option = (tag: (typeof languages)[number]): HTMLElement => {
    const input = h("input", { type: "radio", name: "language", id: `language-${tag}`, checked: app.language === tag, on: { change: () => void app.speak(tag) } });
    return h("label", { class: "choice", for: `language-${tag}`, lang: tag }, input, h("span", {}, names[tag]));
  };
  return { title: t("settings.language"), body: [h("div", { class: "card rows", role: "radiogroup", "aria-label": t("settings.language") }, ...languages.map(option))] };
};

// changePIN asks for the new PIN and then for the present one.
function changePIN(app: App): Screen {
  const title = app.t("settings.pin");
  return choosePIN(title, (a, fresh) => a.replace(inTime("send", title, askPIN(title, a.t("prove.pin"), (b, how) => reseal(b, how, fresh)))));
}

// reseal puts the key under another PIN, once the server has said that the present one is
// right: nothing on this device can know, and a wrong one would make the key useless.
async function reseal(app: App, how: Opening, fresh: Octets): Promise<void> {
  const { t, token } = app;
  if (!token) return;
  await app.replace(working(t("settings.pin"), t("working")));
  try {
    await withKey(app.store, token, how, async (key) => {
      await app.server.prove(await toSend(app.store, "token", key, app.clock));
      const sealed = await seal(fresh, key);
      await app.store.update("token", (kept) => kept && { ...kept, sealed });
    });
    await app.read();
    await app.reset(settings);
    app.frame.say(t("settings.pin_done"));
  } catch (e) {
    await app.reset(settings);
    app.frame.say(explain(t, e));
  } finally {
    wipe(fresh);
  }
}

// remove forgets the token on this device. The server is told by archiving; this is for who has
// done so elsewhere, or cannot.
async function remove(app: App): Promise<void> {
  const { t } = app;
  if (!(await ask(t, t("remove.title"), [note("bad", t("remove.warning"))], t("remove.act")))) return;
  try {
    await unsubscribe(app);
  } catch {
    // The server may not know this device any more; what rests here goes all the same.
  }
  await app.store.erase();
  await app.read();
  app.prompts = [];
  await app.reset(app.start);
  app.frame.say(t("remove.done"));
}
