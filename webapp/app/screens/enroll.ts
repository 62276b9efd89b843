import type { Code } from "../../token/code";
import { Fault } from "../../token/fault";
import { wipe, type Octets } from "../../token/octets";
import { advice } from "../../token/status";
import type { App, Screen } from "../app";
import { explain } from "../explain";
import { confirm, provision } from "../keys/provision";
import { comparisonCode } from "../keys/sign";
import { withKey, type Opening } from "../keys/use";
import { Refused } from "../server/fault";
import { h, wait } from "../ui/dom";
import { button, hero, note } from "../ui/parts";
import { welcomeOffers } from "./ready";
import { askPIN } from "./pin";
import { activate, begin, stopped, welcome } from "./welcome";
import { working } from "./working";

// enrolling runs the protocol with a new PIN and confirms the key by its first code.
export async function enrolling(app: App, code: Code, pin: Octets): Promise<void> {
  const { t } = app;
  const { dskppURL = "" } = app.info ?? {};
  await app.reset(working(t("enroll.title"), t("enroll.agreeing")));
  let key: Octets;
  try {
    key = await provision(app.store, dskppURL, code, pin);
  } catch (e) {
    return app.reset(stopped(explain(t, e), mayRepeat(e) ? () => begin(app, code) : undefined));
  } finally {
    wipe(pin);
  }
  try {
    await app.read();
    await proving(app, key);
  } finally {
    wipe(key);
  }
}

// mayRepeat: the same code can be good for another run.
const mayRepeat = (e: unknown): boolean => e instanceof Fault && (e.why === "transport" || (e.status !== undefined && advice(e.status) === "retry"));

// proving sends the first code, until the server has heard all that it waits for.
async function proving(app: App, key: Octets): Promise<void> {
  const { t } = app;
  await app.reset(working(t("enroll.title"), t("enroll.proving")));
  for (;;) {
    try {
      await confirm(app.store, app.server, app.clock, key, app.phone());
      await app.read();
      await navigator.storage?.persist?.();
      return await app.reset(welcomeOffers);
    } catch (e) {
      if (!(e instanceof Refused) || !e.code.endsWith("not_compared")) return app.reset(unproven(e));
      if (!(await compared(app, await comparisonCode(key)))) return;
    }
  }
}

// compared shows the code that the owner compares, and waits a little. It resolves to false when they
// do not want to wait.
async function compared(app: App, code: string): Promise<boolean> {
  let stopped = false;
  const { t } = app;
  await app.reset(() => ({
    title: t("compare.title"),
    narrow: true,
    busy: true,
    body: [
      h("p", { class: "quiet-text" }, t("compare.lead")),
      h("div", { class: "card code-card" }, h("p", { class: "code", id: "comparison", "aria-label": [...code].join(" ") }, code)),
      note("info", t("compare.why")),
    ],
    actions: [button(t("later"), () => ((stopped = true), app.reset(unfinished())), "quiet", undefined, { id: "later" })],
  }));
  const patience = 3000;
  await wait(patience);
  return !stopped;
}

// gone are the answers after which the server has no such key any more.
const gone = ["token.unknown", "token.too_late", "token.too_many_attempts", "token.not_possible", "token.nothing_to_confirm"];

// unproven: the key is here, and the server has not heard or not accepted its first code.
function unproven(e: unknown): Screen {
  return async (app) => {
    if (!(e instanceof Refused) || !gone.includes(e.code)) return unfinished(explain(app.t, e))(app);
    await app.store.drop("pending");
    await app.read();
    return stopped(explain(app.t, e))(app);
  };
}

// unfinished goes on with a key that is not confirmed: its PIN is needed again, for the key
// rests under it.
export function unfinished(wrong = ""): Screen {
  return (app) => {
    const { t } = app;
    const go = async (a: App, how: Opening): Promise<void> => {
      const { pending } = a;
      if (!pending) return a.reset(welcome);
      await a.reset(working(t("enroll.title"), t("enroll.proving")));
      await withKey(a.store, pending, how, (key) => proving(a, key));
    };
    const drop = async (): Promise<void> => {
      await app.store.drop("pending");
      await app.read();
      await app.reset(app.token ? app.tabs.code : welcome);
      await app.go(activate());
    };
    return {
      title: t("enroll.title"),
      plain: true,
      narrow: true,
      body: [hero("clock", "warn", t("enroll.unfinished"), wrong || t("enroll.unfinished_more"))],
      actions: [
        button(t("enroll.finish"), () => app.go(askPIN(t("enroll.title"), t("enroll.pin"), go)), "strong", undefined, { id: "finish" }),
        button(t("activate.other"), drop, "quiet", undefined, { id: "other-code" }),
      ],
    };
  };
}
