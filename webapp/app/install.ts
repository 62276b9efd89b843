import type { App } from "./app";
import { h } from "./ui/dom";
import { button, note } from "./ui/parts";

// An event of Chromium, by which a page may offer its installation.
interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

let offered: InstallPrompt | undefined;

// listen keeps the browser's offer for when the person wants it.
export function listenForInstall(changed: () => void): void {
  window.addEventListener("beforeinstallprompt", (e) => {
    e.preventDefault();
    offered = e as InstallPrompt;
    changed();
  });
  window.addEventListener("appinstalled", () => {
    offered = undefined;
    changed();
  });
}

// installed reports whether the app runs from the home screen.
export const installed = (): boolean => matchMedia("(display-mode: standalone)").matches || (navigator as { standalone?: boolean }).standalone === true;

// offerInstall is a way to put the app on the home screen, where its storage is safer and
// notifications come.
export function offerInstall(app: App): HTMLElement | undefined {
  const { t } = app;
  if (offered) {
    const install = async (): Promise<void> => {
      await offered?.prompt();
      offered = undefined;
      await app.show();
    };
    return h("div", { class: "card padded" }, h("h2", {}, t("install.title")), h("p", { class: "hint" }, t("install.why")), button(t("install.act"), install, "soft", "download", { id: "install" }));
  }
  if (/iPhone|iPad/.test(navigator.userAgent)) return note("info", t("install.ios"));
  return undefined;
}
