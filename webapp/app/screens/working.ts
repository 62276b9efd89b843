import type { App, Screen } from "../app";
import { explain } from "../explain";
import { earliest, toSend } from "../keys/secure";
import { withKey, type Opening } from "../keys/use";
import { h } from "../ui/dom";
import type { View } from "../ui/frame";
import type { Tone } from "../ui/parts";
import { button, hero, spinner } from "../ui/parts";
import type { Icon } from "../ui/icon";
import { ring } from "../ui/ring";
import { askPIN } from "./pin";

// working is shown while something takes its time.
export const working =
  (title: string, text: string): Screen =>
  () => ({ title, body: [spinner(text)], narrow: true, busy: true });

// result says how something ended, and leads home.
export function result(tone: Tone, drawing: Icon, title: string, text: string, more = "", next?: Screen): Screen {
  return (app) => ({
    title,
    plain: true,
    narrow: true,
    body: [hero(drawing, tone, text, more)],
    actions: [button(app.t("done"), () => (next ? app.reset(next) : app.home()), "strong", undefined, { id: "done" })],
  });
}

// inTime shows a screen that asks for the PIN, but not before the next code can be had: that
// of this moment may have been used. So no key is open while somebody waits.
export function inTime(what: "show" | "send", title: string, screen: Screen): Screen {
  return async (app) => {
    const token = await app.store.get("token");
    const at = token ? earliest(token, app.clock, what) : 0;
    return at > app.clock.now() ? pause(app, title, at, screen) : screen(app);
  };
}

// pause shows how long the next code is away.
function pause(app: App, title: string, at: number, then: Screen): View {
  const r = ring();
  r.element.classList.add("large");
  const words = h("p", { role: "timer" });
  const began = app.clock.now();
  const draw = (): void => {
    const left = at - app.clock.now();
    if (left <= 0) return void app.replace(then);
    r.set(left / Math.max(1, at - began));
    words.textContent = app.t("wait.left", { time: app.when.left(left) });
  };
  draw();
  const timer = setInterval(draw, 250);
  return { title, body: [h("div", { class: "busy" }, r.element, h("p", { class: "lead" }, app.t("wait.text")), words)], end: () => clearInterval(timer) };
}

// withProof asks for the PIN, shows it to the server as a secure code, and acts with the proof
// that comes of it. What goes wrong is said above the keys, and can be tried again.
export function withProof(title: string, why: string, act: (app: App, proof: string) => Promise<unknown>): Screen {
  const attempt = async (app: App, how: Opening): Promise<void> => {
    try {
      const proof = await proofOf(app, how, title);
      await app.replace(working(title, app.t("working")));
      await act(app, proof);
    } catch (e) {
      await app.replace(inTime("send", title, askPIN(title, why, attempt, explain(app.t, e))));
    }
  };
  return inTime("send", title, askPIN(title, why, attempt));
}

// proofOf opens the key and has the server check a code of it.
export async function proofOf(app: App, how: Opening, title: string): Promise<string> {
  const { token } = app;
  if (!token) throw new Error("there is no token");
  await app.replace(working(title, app.t("working")));
  return withKey(app.store, token, how, async (key) => {
    const code = await toSend(app.store, "token", key, app.clock);
    return (await app.server.prove(code)).proof;
  });
}
