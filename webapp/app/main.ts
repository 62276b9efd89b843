// The installable mobile token. See README.md.
import { App, type Screen } from "./app";
import { CodeError } from "../token/code";
import { explain } from "./explain";
import { listenForInstall } from "./install";
import { NotOurs, readLink } from "./keys/code";
import { storeOf } from "./place";
import { poll } from "./poll";
import { renew } from "./push";
import { unfinished } from "./screens/enroll";
import { home } from "./screens/home";
import { inbox } from "./screens/inbox";
import { settings } from "./screens/settings";
import { tokens } from "./screens/tokens";
import { activate, take, welcome } from "./screens/welcome";
import type { Store } from "./store/db";
import { startWorker } from "./update";

async function start(): Promise<void> {
  const base = new URL("./", location.href);
  const store = await storeOf(base);
  const app = await read(base, store);
  window.addEventListener("hashchange", () => void follow(app));
  listenForInstall(() => void (app.token ? undefined : app.show()));
  if (!(await follow(app))) await app.reset(first(app));
  void startWorker(app).catch(() => undefined); // without it the app works online
  poll(app);
  void refresh(app);
}

async function read(base: URL, store: Store): Promise<App> {
  const [offset, language] = await Promise.all([store.get("clock"), store.get("language")]);
  const app = new App(base, store, offset ?? 0, language, { code: home, inbox, tokens, settings }, welcome);
  await app.read();
  return app;
}

const first = (app: App): Screen => (app.token ? home : app.pending ? unfinished() : welcome);

// follow takes up what the address asks for: the inbox, of a notification, or an activation link.
// Its code is taken out of the address at once, so that it is in no history of the browser.
async function follow(app: App): Promise<boolean> {
  const link = location.href;
  if (location.hash !== "") history.replaceState(history.state, "", location.pathname);
  if (link.endsWith("#inbox") && app.token && !app.busy) return app.reset(inbox).then(() => true);
  if (!/[#&]c=/.test(link)) return false;
  await app.reset(first(app));
  try {
    await take(app, readLink(link, app.base));
  } catch (e) {
    if (!(e instanceof CodeError) && !(e instanceof NotOurs)) throw e;
    await app.go(activate(explain(app.t, e)));
  }
  return true;
}

// refresh keeps what is needed without a network as new as it can be.
async function refresh(app: App): Promise<void> {
  try {
    await app.server.time();
    if (!app.token) return;
    await app.describe();
    await renew(app);
  } catch {
    // Without a network what is kept has to do.
  }
}

void start();
