import { Clock } from "../clock";
import { storeOf } from "../place";
import { Server } from "../server/server";
import type { Store } from "../store/db";
import { languageOf, textsIn } from "../text/text";
import { scope, type NotificationEvent, type WindowClient } from "./scope";

// onPush tells the owner that something waits. A message carries nothing; what waits is asked
// for with the device's key, and the notification says nothing of it either: a locked screen
// shows it to anybody.
export async function onPush(base: URL): Promise<void> {
  const open = await windows(base);
  open.forEach((w) => w.postMessage("look"));
  if (open.some((w) => w.visibilityState === "visible")) return;
  const store = await storeOf(base);
  const t = textsIn(languageOf((await store.get("language")) ?? navigator.language));
  const waiting = await count(base, store);
  // Some browsers take the permission away from apps that show nothing for a message, so
  // even a prompt that is gone by now is told of, silently.
  const title = (await store.get("application"))?.name ?? t("push.title");
  const body = waiting === 0 ? t("push.gone") : waiting === undefined ? t("push.look") : t("push.waiting", { n: String(waiting) });
  await scope.registration.showNotification(title, { body, tag: "prompt", icon: "icon-192.png", silent: waiting === 0, data: "prompt" });
}

// count asks the inbox; undefined when there is no answer.
async function count(base: URL, store: Store): Promise<number | undefined> {
  try {
    const token = await store.get("token");
    if (!token) return undefined;
    const clock = new Clock((await store.get("clock")) ?? 0);
    const server = new Server({ origin: base.origin, clock, signer: async () => ({ keyID: token.keyID, privateKey: token.device.privateKey }) });
    return (await server.inbox()).length;
  } catch {
    return undefined;
  }
}

// onClick brings the app to the front, or opens it, at what waits.
export async function onClick(e: NotificationEvent, base: URL): Promise<void> {
  e.notification.close();
  const [open] = await windows(base);
  if (!open) {
    await scope.clients.openWindow(`${base.href}#inbox`);
    return;
  }
  await open.focus();
  open.postMessage("show");
}

async function windows(base: URL): Promise<WindowClient[]> {
  const all = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  return all.filter((w) => w.url.startsWith(base.href));
}
