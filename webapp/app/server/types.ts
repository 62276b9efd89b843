import type { Application } from "../store/db";
import { Unreadable } from "./fault";
import type { Members } from "./read";

// Prompt is something that the bank asks. What is shown and signed is in its content alone.
export interface Prompt {
  id: string;
  kind: string;
  content: string; // JSON, signed octet by octet
  createdAt: number;
  expiresAt: number;
  numberMatching: boolean;
}

// Token is one of the customer's tokens as lists show it.
export interface Token {
  id: string;
  serial: string;
  name: string;
  status: string;
  blockedBy: string;
  until: number | undefined;
  model: string;
  appVersion: string;
  application: string;
  created: number;
  used: number | undefined;
  this: boolean;
  nextStep: string;
  code: { state: string; purpose: string; expires: number } | undefined;
  migration: { from: string; to: string } | undefined;
}

// Activation is a new activation code with the ways to hand it over. Part is 1 when the
// other half goes another way.
export interface Activation {
  tokenID: string;
  code: string;
  link: string;
  picture: string; // SVG
  part: number;
  validUntil: number;
  download: string;
}

// Act is one line of a token's history.
export interface Act {
  at: number;
  kind: string;
  by: string;
  detail: string;
}

export interface Proof {
  proof: string;
  expiresAt: number;
}

// defaultSuite signs unless the server names another (policy applications.keys.sign).
const defaultSuite = "OCRA-1:HOTP-SHA256-8:QH64-T1M";

export function readApplication(m: Members): Application {
  return {
    name: m.text("name"),
    bank: m.text("bank"),
    pin: m.object("pin", (p) => ({ min: p.number("min"), max: p.number("max") })),
    dskppURL: m.text("dskpp_url"),
    download: m.maybe("download"),
    pushKey: m.maybe("push_key"),
    pictureKeys: m.maybeObject("picture_keys", (k) => k.list("keys", (key) => key.all() as JsonWebKey)) ?? [],
    numberMatching: m.flag("number_matching"),
    signSuite: m.raw("sign_suite") === undefined ? defaultSuite : m.maybe("sign_suite"),
  };
}

export function readPrompt(m: Members): Prompt {
  return {
    id: m.text("id"),
    kind: m.text("kind"),
    content: m.text("content"),
    createdAt: m.time("created_at"),
    expiresAt: m.time("expires_at"),
    numberMatching: m.flag("number_matching"),
  };
}

export function readToken(m: Members): Token {
  return {
    id: m.text("id"),
    serial: m.maybe("serial"),
    name: m.maybe("name"),
    status: m.text("status"),
    blockedBy: m.maybe("blocked_by"),
    until: m.maybeTime("blocked_until"),
    model: m.maybe("model"),
    appVersion: m.maybe("app_version"),
    application: m.maybe("application"),
    created: m.time("created_at"),
    used: m.maybeTime("last_used_at"),
    this: m.flag("this"),
    nextStep: m.maybe("next_step"),
    code: m.maybeObject("code", (c) => ({ state: c.text("state"), purpose: c.maybe("purpose"), expires: c.time("expires_at") })),
    migration: m.maybeObject("migration", (g) => ({ from: g.maybe("from"), to: g.maybe("to") })),
  };
}

export function readActivation(m: Members): Activation {
  const part = m.raw("part");
  if (part !== undefined && part !== 0 && part !== 1) throw new Unreadable("a part that is not known");
  return {
    tokenID: m.text("token_id"),
    code: m.maybe("code"),
    link: m.maybe("link"),
    picture: m.maybe("picture"),
    part: part === 1 ? 1 : 0,
    validUntil: m.time("valid_until"),
    download: m.maybe("download"),
  };
}

export function readAct(m: Members): Act {
  return { at: m.time("at"), kind: m.text("kind"), by: m.maybe("by"), detail: m.maybe("detail") };
}

export const readProof = (m: Members): Proof => ({ proof: m.text("proof"), expiresAt: m.time("expires_at") });
