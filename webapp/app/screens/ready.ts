import type { App, Screen } from "../app";
import { installed, offerInstall } from "../install";
import { possible } from "../store/biometry";
import { h } from "../ui/dom";
import { button, fact, hero, row } from "../ui/parts";
import { biometrySetup } from "./biometry";
import { notificationSetup } from "./notify";

// welcomeOffers ends the activation: the token is in use, and two things can make it easier.
export const welcomeOffers: Screen = async (app) => {
  const { t, token } = app;
  const [finger, push] = [await offersBiometry(app), await offersPush(app)];
  return {
    title: t("ready.title"),
    plain: true,
    narrow: true,
    body: [
      hero("check", "good", t("ready.lead", { bank: app.bank }), t("ready.more")),
      h("dl", { class: "card facts" }, fact(t("token.name"), token?.name || app.phone().model), fact(t("token.serial"), token?.serial ?? "")),
      (finger || push) && h("p", { class: "section" }, t("ready.offers")),
      (finger || push) && h(
        "div",
        { class: "card rows" },
        push && row("bell", t("settings.notify"), t("settings.notify_why"), () => app.go(notificationSetup), { id: "offer-notify" }),
        finger && row("fingerprint", t("settings.biometry"), t("settings.biometry_why"), () => app.go(biometrySetup), { id: "offer-biometry" }),
      ),
      !installed() && offerInstall(app),
    ],
    actions: [button(t("ready.done"), () => app.home(), "strong", undefined, { id: "done" })],
  };
};

const offersBiometry = async (app: App): Promise<boolean> => (await possible()) && (await app.store.get("biometry")) === undefined;

const offersPush = async (app: App): Promise<boolean> =>
  (app.info?.pushKey ?? "") !== "" && typeof Notification !== "undefined" && Notification.permission !== "denied" && (await app.store.get("notifications")) !== true;
