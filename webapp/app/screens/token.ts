import type { App, Screen } from "../app";
import { explain } from "../explain";
import type { Token } from "../server/types";
import { known, type Key } from "../text/text";
import { ask } from "../ui/dialog";
import { h } from "../ui/dom";
import { button, fact, field, note, row, spinner } from "../ui/parts";
import { activationOf } from "./activation";
import { moving } from "./activation";
import { badge, nameOf, tokens } from "./tokens";
import { result, withProof } from "./working";

// tokenDetail shows one token, what it may need next, and what can be done with it.
export function tokenDetail(id: string): Screen {
  return async (app) => {
    const { t } = app;
    const body = h("div", { class: "stack" }, spinner(t("working")));
    const load = async (): Promise<void> => {
      try {
        const token = (await app.server.tokens()).find((x) => x.id === id);
        if (!token) return void (await app.reset(tokens));
        body.replaceChildren(...parts(app, token));
      } catch (e) {
        body.replaceChildren(note("warn", explain(t, e)), button(t("again"), load, "soft", "refresh"));
      }
    };
    return { title: t("token.title"), body: [body], shown: () => void load() };
  };
}

function parts(app: App, x: Token): HTMLElement[] {
  const { t, when } = app;
  const facts = h(
    "dl",
    { class: "card facts" },
    fact(t("token.name"), nameOf(app, x)),
    h("div", { class: "fact" }, h("dt", {}, t("token.state")), h("dd", {}, badge(app, x), x.blockedBy !== "" && h("span", { class: "hint" }, " " + by(app, x.blockedBy)))),
    x.model !== "" && fact(t("token.model"), x.model),
    fact(t("token.serial"), x.serial),
    fact(t("token.created"), when.full(x.created)),
    x.status !== "archived" && fact(t("token.used"), x.used === undefined ? t("token.never") : when.full(x.used)),
    x.until !== undefined && fact(t("token.until"), when.full(x.until)),
    x.code !== undefined && x.code.state === "valid" && fact(t("token.code"), t("token.code_until", { time: when.full(x.code.expires) })),
  );
  const step = x.nextStep === "none" ? undefined : known(`next.${x.nextStep}`);
  return [...(x.this ? [note("info", t("token.this"))] : []), ...(step ? [note("info", t(step))] : []), facts, h("div", { class: "card rows", id: "acts" }, ...acts(app, x))];
}

const by = (app: App, who: string): string => {
  const key = known(`blocked_by.${who}`);
  return key ? app.t(key) : "";
};

// acts are what this token may go through from here; the server decides in the end.
function acts(app: App, x: Token): (HTMLElement | undefined)[] {
  const { t } = app;
  const waits = x.status === "code_issued" || x.status === "created" || x.status === "provisioning";
  const inUse = x.status === "active" || x.status === "blocked";
  return [
    x.status !== "archived" ? row("pencil", t("act.rename"), undefined, () => app.go(rename(x)), { id: "rename" }) : undefined,
    x.nextStep === "compare" ? row("check", t("act.compare"), t("act.compare_note"), () => app.go(compare(x)), { id: "compare" }) : undefined,
    waits ? row("refresh", t("act.renew"), t("act.renew_note"), () => app.go(activationOf(t("act.renew"), t("prove.renew"), (a, h) => a.server.renew(x.id, h))), { id: "renew" }) : undefined,
    x.code?.state === "valid" ? row("clock", t("act.extend"), t("act.extend_note"), () => app.go(simple(x, t("act.extend"), t("prove.extend"), (a, p) => a.server.extend(x.id, p), "extend.done")), { id: "extend" }) : undefined,
    x.code?.state === "valid" ? row("x", t("act.cancel"), t("act.cancel_note"), () => direct(app, () => app.server.cancel(x.id), "cancel.done"), { id: "cancel-code" }) : undefined,
    x.migration ? row("x", t("act.abandon"), t("act.abandon_note"), () => direct(app, () => app.server.abandon(x.id), "abandon.done"), { id: "abandon" }) : undefined,
    x.status === "active" && !x.migration ? row("phones", t("act.migrate"), t("act.migrate_note"), () => app.go(moving(x)), { id: "migrate" }) : undefined,
    x.status === "active" ? row("lock", t("act.block"), t("act.block_note"), () => block(app, x), { id: "block" }) : undefined,
    x.status === "blocked" && !x.this ? row("unlock", t("act.enable"), t("act.enable_note"), () => app.go(simple(x, t("act.enable"), t("prove.enable"), (a, p) => a.server.enable(x.id, p), "enable.done")), { id: "enable" }) : undefined,
    inUse && !x.this ? row("key", t("act.redistribute"), t("act.redistribute_note"), () => app.go(activationOf(t("act.redistribute"), t("prove.redistribute"), (a, h) => a.server.redistribute(x.id, h))), { id: "redistribute" }) : undefined,
    row("history", t("act.history"), undefined, () => app.go(history_(x)), { id: "history" }),
    x.status !== "archived" ? row("trash", t("act.archive"), t(x.this ? "act.archive_this" : "act.archive_note"), () => archive(app, x), { id: "archive" }) : undefined,
  ];
}

// simple is an act that needs a proof and gives nothing back.
function simple(x: Token, title: string, why: string, act: (app: App, proof: string) => Promise<void>, done: Key): Screen {
  return withProof(title, why, async (app, proof) => {
    await act(app, proof);
    await app.reset(tokens);
    await app.go(tokenDetail(x.id));
    app.frame.say(app.t(done));
  });
}

// compare takes the number that the new device shows, so that a code which somebody else
// was faster with makes nobody's device a token.
function compare(x: Token): Screen {
  return (app) => {
    const { t } = app;
    const number = field(t("act.compare"), { name: "comparison", class: "number", inputmode: "numeric", maxlength: "4", autofocus: true, enterkeyhint: "go" }, t("act.compare_note"));
    const go = (): unknown => {
      const typed = number.input.value.trim();
      if (!/^[0-9]{4}$/.test(typed)) return number.fail(t("compare.form"));
      return app.go(simple(x, t("act.compare"), t("prove.compare"), (a, proof) => a.server.compare(x.id, proof, typed), "compare.done"));
    };
    const form = h("form", { novalidate: true, on: { submit: (e) => (e.preventDefault(), void go()) } }, number.box);
    return { title: t("compare.title"), body: [form, note("warn", t("compare.other"))], actions: [button(t("continue"), go, "strong", undefined, { id: "go" })] };
  };
}

async function direct(app: App, act: () => Promise<void>, done: Key): Promise<void> {
  try {
    await act();
    await app.show();
    app.frame.say(app.t(done));
  } catch (e) {
    app.frame.say(explain(app.t, e));
  }
}

// block needs no PIN: whoever misses a phone must be able to at once.
async function block(app: App, x: Token): Promise<void> {
  const { t } = app;
  const warning = x.this ? note("warn", t("block.this")) : h("p", {}, t("block.other"));
  if (await ask(t, t("block.title", { name: nameOf(app, x) }), [warning], t("act.block"))) await direct(app, () => app.server.block(x.id, true), "block.done");
}

async function archive(app: App, x: Token): Promise<void> {
  const { t } = app;
  const warning = note(x.this ? "bad" : "warn", t(x.this ? "archive.this" : "archive.other"));
  if (!(await ask(t, t("archive.title", { name: nameOf(app, x) }), [warning], t("act.archive")))) return;
  const done = async (a: App, proof: string): Promise<void> => {
    await a.server.archive(x.id, proof, true);
    if (!x.this) {
      await a.reset(tokens);
      return a.frame.say(t("archive.done"));
    }
    await a.store.drop("token", "biometry", "pending");
    await a.read();
    await a.reset(result("info", "trash", t("archive.gone"), t("archive.gone"), t("archive.gone_more"), a.start));
  };
  await app.go(withProof(t("act.archive"), t("prove.archive"), done));
}

function rename(x: Token): Screen {
  return (app) => {
    const { t } = app;
    const name = field(t("rename.label"), { name: "name", maxlength: "60", value: x.name, autofocus: true, enterkeyhint: "done" }, t("rename.hint"));
    const go = async (): Promise<void> => {
      try {
        const now = name.input.value.trim();
        await app.server.rename(x.id, now);
        if (x.this) await app.store.update("token", (kept) => kept && { ...kept, name: now });
        await app.read();
        history.back();
        app.frame.say(t("rename.done"));
      } catch (e) {
        name.fail(explain(t, e));
      }
    };
    return { title: t("act.rename"), body: [h("form", { novalidate: true, on: { submit: (e) => (e.preventDefault(), void go()) } }, name.box)], actions: [button(t("save"), go, "strong", undefined, { id: "save" })] };
  };
}

// history_ is everything that has happened to a token.
function history_(x: Token): Screen {
  return (app) => {
    const { t } = app;
    const list = h("div", { class: "card", id: "history" }, spinner(t("working")));
    const load = async (): Promise<void> => {
      try {
        const all = await app.server.history(x.id);
        const line = (a: (typeof all)[number]): HTMLElement => h("div", { class: "act" }, h("span", { class: "title" }, what(app, a.kind)), h("span", { class: "note" }, [app.when.full(a.at), who(app, a.by), a.detail].filter((s) => s !== "").join(" · ")));
        list.replaceChildren(...all.map(line));
      } catch (e) {
        list.replaceChildren(note("warn", explain(t, e)));
      }
    };
    return { title: t("act.history"), body: [list], shown: () => void load() };
  };
}

const what = (app: App, kind: string): string => {
  const key = known(`history.${kind.replace(/^mobile_token\./, "")}`);
  return key ? app.t(key) : kind;
};

const who = (app: App, by: string): string => {
  const key = known(`who.${by}`);
  return key ? app.t(key) : by;
};
