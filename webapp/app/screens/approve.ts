import type { App, Screen } from "../app";
import { readContent, type Content } from "../approve/content";
import { explain } from "../explain";
import { answerTo } from "../keys/sign";
import { withKey, type Opening } from "../keys/use";
import type { Prompt } from "../server/types";
import { known } from "../text/text";
import { h } from "../ui/dom";
import type { View } from "../ui/frame";
import { button, field, hero, note, problem } from "../ui/parts";
import { askPIN } from "./pin";
import { shown, titleOf } from "./content";
import { result, working } from "./working";

// approval shows one prompt whole: what is read here is what is signed.
export function approval(p: Prompt): Screen {
  return (app) => {
    const { t } = app;
    let content: Content;
    try {
      content = readContent(p.content);
    } catch {
      return strange(app, p);
    }
    const words = h("p", { role: "timer", class: "quiet-text" });
    const draw = (): void => {
      const left = p.expiresAt - app.clock.now();
      if (left <= 0) return void app.replace(result("warn", "clock", t("approve.over"), t("approve.over"), t("approve.over_more")));
      words.textContent = t("inbox.left", { time: app.when.left(left) });
    };
    draw();
    const timer = setInterval(draw, 1000);
    return {
      title: titleOf(app, p.kind),
      body: [
        h("p", { class: "quiet-text" }, t("approve.lead", { bank: content.bank })),
        shown(app, content),
        !p.numberMatching && content.control !== "" && h("div", { class: "card padded" }, h("p", {}, t("approve.control")), h("p", { class: "control", id: "control" }, content.control)),
        words,
        note("info", t("approve.check")),
      ],
      actions: [
        button(t("approve.approve"), () => app.go(p.numberMatching ? matching(p, content) : pin(p, content, content.control)), "strong", "check", { id: "approve" }),
        h("div", { class: "pair" }, button(t("approve.refuse"), () => refuse(app, p, false), "soft", undefined, { id: "refuse" }), button(t("approve.not_me"), () => app.go(notMe(p)), "bad", undefined, { id: "not-me" })),
      ],
      end: () => clearInterval(timer),
    };
  };
}

// strange: what this app cannot show whole it does not sign, but it can be refused.
function strange(app: App, p: Prompt): View {
  const { t } = app;
  return {
    title: t("kind.other"),
    body: [hero("danger", "warn", t("approve.strange"), t("approve.strange_more"))],
    actions: [button(t("approve.refuse"), () => refuse(app, p, false), "soft", undefined, { id: "refuse" }), button(t("approve.not_me"), () => app.go(notMe(p)), "bad", undefined, { id: "not-me" })],
  };
}

// matching asks for the two digits that the bank's page shows: who approves without looking
// there has not asked for this.
function matching(p: Prompt, content: Content, wrong = ""): Screen {
  return (app) => {
    const { t } = app;
    const number = field(t("match.label"), { name: "number", class: "number", inputmode: "numeric", maxlength: "2", pattern: "[0-9]*", autofocus: true, enterkeyhint: "go" }, t("match.hint"));
    const go = (): unknown => {
      const typed = number.input.value.trim();
      if (!/^[0-9]{2}$/.test(typed)) return number.fail(t("match.form"));
      return app.go(pin(p, content, typed));
    };
    const form = h("form", { novalidate: true, on: { submit: (e) => (e.preventDefault(), void go()) } }, number.box);
    return { title: t("match.title"), body: [wrong !== "" && problem(wrong), form, note("warn", t("match.not_there"))], actions: [button(t("continue"), go, "strong", undefined, { id: "go" })] };
  };
}

function pin(p: Prompt, content: Content, control: string, wrong = ""): Screen {
  return (app) => askPIN(titleOf(app, p.kind), app.t("approve.pin", { what: content.lines[0]?.[1] ?? "" }), (a, how) => approve(a, p, content, control, how), wrong)(app);
}

async function approve(app: App, p: Prompt, content: Content, control: string, how: Opening): Promise<void> {
  const { t, token, info } = app;
  if (!token || !info) return;
  await app.replace(working(titleOf(app, p.kind), t("approve.sending")));
  try {
    const answer = await withKey(app.store, token, how, (key) => answerTo(key, info.signSuite, p.content, control, app.clock.unix()));
    const { status, accepted } = await app.server.approve(p.id, answer, control);
    // Nobody tells whether the PIN or the number was wrong; both can be tried again.
    if (!accepted && status === "pending") return await app.replace(p.numberMatching ? matching(p, content, t("status.wrong")) : pin(p, content, control, t("status.wrong")));
    forget(app, p);
    await app.reset(outcome(accepted, status));
  } catch (e) {
    await app.replace(pin(p, content, control, explain(t, e)));
  }
}

// outcome says what the server made of an answer.
function outcome(accepted: boolean, status: string): Screen {
  return (app) => {
    const { t } = app;
    if (accepted) return result("good", "check", t("approve.done"), t("approve.done"), t("approve.done_more"))(app);
    const key = known(`status.${status}`);
    return result("bad", "danger", t("approve.not_done"), t(key ?? "status.other"), t("approve.not_done_more"), app.tabs.inbox)(app);
  };
}

// refuse ends a prompt: not wanted, or not asked for at all.
async function refuse(app: App, p: Prompt, fraud: boolean): Promise<void> {
  const { t } = app;
  try {
    await app.server.refuse(p.id, fraud);
    forget(app, p);
    await app.reset(fraud ? result("warn", "shield", t("not_me.done"), t("not_me.done"), t("not_me.done_more")) : result("info", "x", t("refused.done"), t("refused.done"), t("refused.done_more")));
  } catch (e) {
    app.frame.say(explain(t, e));
  }
}

// notMe: somebody else has asked. The bank hears of it and looks at what happens.
function notMe(p: Prompt): Screen {
  return (app) => {
    const { t } = app;
    return {
      title: t("not_me.title"),
      body: [hero("danger", "bad", t("not_me.lead"), t("not_me.more"))],
      actions: [button(t("not_me.report"), () => refuse(app, p, true), "bad", undefined, { id: "report" }), button(t("cancel"), () => history.back(), "quiet")],
    };
  };
}

// forget a prompt that was answered, before the server is asked again.
function forget(app: App, p: Prompt): void {
  app.prompts = app.prompts.filter((other) => other.id !== p.id);
}
