import type { App, Screen } from "../app";
import type { HandOver } from "../server/server";
import type { Activation, Token } from "../server/types";
import { explain } from "../explain";
import { h } from "../ui/dom";
import { button, field, note } from "../ui/parts";
import { tokens } from "./tokens";
import { withProof } from "./working";

// activationOf proves, acts, and hands the new activation code over. What is shown here is shown
// this one time.
export function activationOf(title: string, why: string, act: (app: App, h: HandOver) => Promise<Activation>): Screen {
  return withProof(title, why, async (app, proof) => {
    const a = await act(app, { proof, handOver: "" });
    await app.reset(tokens);
    await app.go(handOver(a));
  });
}

// newDevice asks for the name of another device, and gets an activation code for it.
export const newDevice: Screen = (app) => {
  const { t } = app;
  const name = field(t("new.name"), { name: "name", maxlength: "60", autofocus: true, enterkeyhint: "go", placeholder: t("new.example") }, t("new.name_hint"));
  const go = (): unknown => {
    const chosen = name.input.value.trim();
    return app.go(activationOf(t("new.title"), t("prove.new"), (a, h) => a.server.enroll(h, chosen)));
  };
  return {
    title: t("new.title"),
    body: [h("p", { class: "quiet-text" }, t("new.lead")), h("form", { novalidate: true, on: { submit: (e) => (e.preventDefault(), void go()) } }, name.box)],
    actions: [button(t("continue"), go, "strong", undefined, { id: "go" })],
  };
};

// moving replaces a token by one on another device. The old one works until the new one has
// proved itself.
export function moving(x: Token): Screen {
  return (app) => {
    const { t } = app;
    const name = field(t("new.name"), { name: "name", maxlength: "60", autofocus: true, enterkeyhint: "go" }, t("new.name_hint"));
    const keep = h("input", { type: "checkbox", id: "keep", checked: true });
    const go = (): unknown => {
      const [chosen, serial] = [name.input.value.trim(), keep.checked];
      return app.go(activationOf(t("act.migrate"), t("prove.migrate"), (a, h) => a.server.migrate(x.id, h, chosen, serial)));
    };
    return {
      title: t("act.migrate"),
      body: [
        h("p", { class: "quiet-text" }, t("migrate.lead")),
        h("form", { class: "stack", novalidate: true, on: { submit: (e) => (e.preventDefault(), void go()) } }, name.box, h("label", { class: "card choice", for: "keep" }, keep, h("span", {}, t("migrate.keep")))),
        note("info", t("migrate.safe")),
      ],
      actions: [button(t("continue"), go, "strong", undefined, { id: "go" })],
    };
  };
}

// handOver shows a new code: as a picture for the other device's camera, as text, as a link.
function handOver(a: Activation): Screen {
  return (app) => {
    const { t } = app;
    const picture = a.picture === "" ? undefined : URL.createObjectURL(new Blob([a.picture], { type: "image/svg+xml" }));
    const words = h("p", { role: "timer", class: "quiet-text", id: "valid" });
    const draw = (): void => void (words.textContent = t("hand.valid", { time: app.when.full(a.validUntil), left: app.when.left(a.validUntil - app.clock.now()) }));
    draw();
    const timer = setInterval(draw, 1000);
    const cancel = async (): Promise<void> => {
      try {
        await app.server.cancel(a.tokenID);
        await app.reset(tokens);
        app.frame.say(t("cancel.done"));
      } catch (e) {
        app.frame.say(explain(t, e));
      }
    };
    return {
      title: t("hand.title"),
      body: [
        h("p", { class: "quiet-text" }, t("hand.lead")),
        a.part === 1 && note("warn", t("hand.half")),
        picture !== undefined && h("div", { class: "qr" }, h("img", { src: picture, alt: t("hand.picture") })),
        a.code !== "" ? h("div", { class: "card padded" }, h("p", { class: "label" }, t("hand.typed")), h("p", { class: "typable", id: "typable" }, a.code)) : note("info", t("hand.sent")),
        a.link !== "" && button(t("hand.copy"), () => copy(app, a.link), "soft", "copy", { id: "copy", "data-link": a.link }),
        words,
        note("warn", t("hand.secret")),
      ],
      actions: [button(t("done"), () => app.reset(tokens), "strong", undefined, { id: "done" }), button(t("act.cancel"), cancel, "quiet", undefined, { id: "cancel-code" })],
      end: () => {
        clearInterval(timer);
        if (picture !== undefined) URL.revokeObjectURL(picture);
      },
    };
  };
}

async function copy(app: App, link: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(link);
    app.frame.say(app.t("copied"));
  } catch {
    app.frame.say(app.t("fault.other"));
  }
}
