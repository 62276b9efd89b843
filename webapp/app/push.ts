import { fromBase64url, base64url } from "./server/proof";
import type { App } from "./app";

// Health says how messages stand, in one word for the texts.
export type Health = "on" | "off" | "denied" | "unsupported" | "unreachable" | "not_offered";

const patience = 12_000; // milliseconds that a browser's push service may take

// subscribe asks for the permission, the browser's push service for an address, and the
// server to keep it. A browser whose service is out of reach never answers, so that the
// time is limited here.
export async function subscribe(app: App): Promise<Health> {
  if (!supported()) return "unsupported";
  const key = app.info?.pushKey ?? "";
  if (key === "") return "not_offered";
  if ((await Notification.requestPermission()) !== "granted") return "denied";
  const s = await inTime(subscription(key));
  if (!s) return "unreachable";
  const { endpoint, keys } = s.toJSON();
  await app.server.subscribe(endpoint ?? "", keys?.p256dh ?? "", keys?.auth ?? "", key);
  await app.store.put("notifications", true);
  return "on";
}

// renew gives the server the present address again, at each start: browsers change it, or
// lose it, without a word.
export async function renew(app: App): Promise<void> {
  if ((await app.store.get("notifications")) !== true || !supported() || Notification.permission !== "granted") return;
  await subscribe(app);
}

export async function unsubscribe(app: App): Promise<void> {
  await app.store.put("notifications", false);
  const worker = await navigator.serviceWorker.getRegistration();
  await (await worker?.pushManager.getSubscription())?.unsubscribe();
  await app.server.unsubscribe();
}

// health looks without asking anybody.
export async function health(app: App): Promise<Health> {
  if (!supported()) return "unsupported";
  if ((app.info?.pushKey ?? "") === "") return "not_offered";
  if (Notification.permission === "denied") return "denied";
  if ((await app.store.get("notifications")) !== true) return "off";
  const worker = await navigator.serviceWorker.getRegistration();
  return Notification.permission === "granted" && (await worker?.pushManager.getSubscription()) ? "on" : "unreachable";
}

const supported = (): boolean => "serviceWorker" in navigator && "PushManager" in window && typeof Notification !== "undefined";

async function subscription(key: string): Promise<PushSubscription> {
  const { pushManager } = await navigator.serviceWorker.ready;
  const wanted = fromBase64url(key);
  const old = await pushManager.getSubscription();
  if (old) {
    const under = old.options.applicationServerKey;
    if (under && base64url(new Uint8Array(under)) === base64url(wanted)) return old;
    await old.unsubscribe(); // the server has another key now
  }
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: wanted });
}

async function inTime<T>(what: Promise<T>): Promise<T | undefined> {
  const late = new Promise<undefined>((done) => setTimeout(() => done(undefined), patience));
  try {
    return await Promise.race([what, late]);
  } catch {
    return undefined; // the service refused
  }
}
