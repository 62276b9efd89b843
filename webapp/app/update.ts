import type { App } from "./app";
import { button } from "./ui/parts";

// startWorker registers the service worker, offers a new version when there is one, and hears what it
// says about messages.
export async function startWorker(app: App): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const { serviceWorker } = navigator;
  let changing = false;
  serviceWorker.addEventListener("controllerchange", () => {
    if (changing) location.reload();
  });
  serviceWorker.addEventListener("message", (e: MessageEvent) => {
    if (e.data === "look") void app.look().catch(() => undefined);
    if (e.data === "show" && app.token && !app.busy) void app.reset(app.tabs.inbox);
  });
  const registration = await serviceWorker.register("sw.js", { scope: "./", updateViaCache: "none" });
  const offer = (worker: ServiceWorker | null): void => {
    if (!worker || !serviceWorker.controller) return; // the first version is no news
    const change = (): void => {
      changing = true;
      worker.postMessage("change over");
    };
    app.frame.announce("update", [app.t("update.ready"), button(app.t("update.act"), change, "strong", undefined, { id: "update-now" })]);
  };
  offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => worker.state === "installed" && offer(worker));
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void registration.update().catch(() => undefined);
  });
}
