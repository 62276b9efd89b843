import type { App } from "./app";
import { Offline } from "./server/fault";

// Times between two looks into the inbox, in milliseconds: for an owner who waits for the
// bank's page, and for a server that is away or refuses.
const often = 4000;
const seldom = 20_000;

// poll looks into the inbox as long as somebody looks at the app. Messages of the server come
// faster, where they come at all.
export function poll(app: App): void {
  let timer = 0;
  let busy = false;
  const look = async (): Promise<void> => {
    clearTimeout(timer);
    if (busy || document.visibilityState !== "visible") return;
    busy = true;
    let pause = often;
    try {
      await app.look();
      app.frame.announce("offline", undefined);
    } catch (e) {
      pause = seldom;
      if (e instanceof Offline) app.frame.announce("offline", [app.t("offline.banner")]);
    } finally {
      busy = false;
      timer = window.setTimeout(() => void look(), app.token ? pause : seldom);
    }
  };
  document.addEventListener("visibilitychange", () => void look());
  window.addEventListener("online", () => void look());
  window.addEventListener("offline", () => void look());
  void look();
}
