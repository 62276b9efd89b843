import type { Application } from "../store/db";
import { publicKey } from "./proof";
import type { Members } from "./read";
import { Transport, type Setup } from "./transport";
import { readAct, readActivation, readApplication, readPrompt, readProof, readToken, type Act, type Activation, type Prompt, type Proof, type Token } from "./types";

// HandOver is how an activation code reaches its device; "" is the bank's first way.
export interface HandOver {
  proof: string;
  handOver: string;
}

// Phone is what the app says of the device that it is on.
export interface Phone {
  model: string;
  platform: string;
  appVersion: string;
  locale: string;
}

const nothing = (): void => undefined;

// Standing is how a prompt stands after an answer, and whether that answer counted.
export interface Standing {
  status: string;
  accepted: boolean;
}

const standing = (m: Members): Standing => ({ status: m.text("status"), accepted: m.flag("accepted") });

// Server is the token's protocol, /token/v1: all that the app asks. Every call throws
// Offline, Refused or Unreadable.
export class Server {
  private readonly http: Transport;

  constructor(setup: Setup) {
    this.http = new Transport(setup);
  }

  // time sets the clock, too.
  time(): Promise<number> {
    return this.http.open("GET", "/token/v1/time", undefined, (m) => m.time("now"));
  }

  application(code: string): Promise<Application> {
    return this.http.open("GET", `/token/v1/applications/${encodeURIComponent(code)}`, undefined, readApplication);
  }

  // confirm proves a key that is pending by its first secure code, and names the device's
  // key. It returns the token.
  async confirm(keyID: string, code: string, device: CryptoKeyPair, p: Phone): Promise<Token> {
    const body = { key_id: keyID, code, device_key: await publicKey(device), model: p.model, platform: p.platform, app_version: p.appVersion, locale: p.locale };
    return this.http.open("POST", "/token/v1/confirmations", body, (m) => m.object("token", readToken));
  }

  inbox(): Promise<Prompt[]> {
    return this.http.signed("GET", "/token/v1/inbox", undefined, (m) => m.list("prompts", readPrompt));
  }

  approve(id: string, answer: string, control: string): Promise<Standing> {
    return this.http.signed("POST", `/token/v1/prompts/${id}/approval`, { answer, control }, standing);
  }

  refuse(id: string, fraud: boolean): Promise<Standing> {
    return this.http.signed("POST", `/token/v1/prompts/${id}/refusal`, { fraud }, standing);
  }

  tokens(): Promise<Token[]> {
    return this.http.signed("GET", "/token/v1/tokens", undefined, (m) => m.list("tokens", readToken));
  }

  history(id: string): Promise<Act[]> {
    return this.http.signed("GET", `/token/v1/tokens/${id}/history`, undefined, (m) => m.list("acts", readAct));
  }

  // prove exchanges a secure code, of PIN and key, for a proof that acts need.
  prove(code: string): Promise<Proof> {
    return this.http.signed("POST", "/token/v1/proofs", { code }, readProof);
  }

  enroll(h: HandOver, name: string): Promise<Activation> {
    return this.http.signed("POST", "/token/v1/tokens", { proof: h.proof, name, hand_over: h.handOver }, readActivation);
  }

  rename(id: string, name: string): Promise<void> {
    return this.http.signed("PATCH", `/token/v1/tokens/${id}`, { name }, nothing);
  }

  block(id: string, warned: boolean): Promise<void> {
    return this.act(id, "block", { warned });
  }

  enable(id: string, proof: string): Promise<void> {
    return this.act(id, "enable", { proof });
  }

  archive(id: string, proof: string, warned: boolean): Promise<void> {
    return this.act(id, "archive", { proof, warned });
  }

  renew(id: string, h: HandOver): Promise<Activation> {
    return this.http.signed("POST", `/token/v1/tokens/${id}/renewal`, { proof: h.proof, hand_over: h.handOver }, readActivation);
  }

  extend(id: string, proof: string): Promise<void> {
    return this.act(id, "extension", { proof });
  }

  cancel(id: string): Promise<void> {
    return this.act(id, "cancellation", {});
  }

  redistribute(id: string, h: HandOver): Promise<Activation> {
    return this.http.signed("POST", `/token/v1/tokens/${id}/redistribution`, { proof: h.proof, hand_over: h.handOver }, readActivation);
  }

  migrate(id: string, h: HandOver, name: string, keepSerial?: boolean): Promise<Activation> {
    const body = { proof: h.proof, hand_over: h.handOver, name, ...(keepSerial === undefined ? {} : { keep_serial: keepSerial }) };
    return this.http.signed("POST", `/token/v1/tokens/${id}/migration`, body, readActivation);
  }

  abandon(id: string): Promise<void> {
    return this.act(id, "abandonment", {});
  }

  // compare takes the number that a new device shows.
  compare(id: string, proof: string, comparison: string): Promise<void> {
    return this.act(id, "comparison", { proof, comparison });
  }

  // subscribe says where messages for this device go, and under which key of the server.
  subscribe(endpoint: string, p256dh: string, auth: string, key: string): Promise<void> {
    return this.http.signed("PUT", "/token/v1/push", { endpoint, p256dh, auth, key }, nothing);
  }

  unsubscribe(): Promise<void> {
    return this.http.signed("DELETE", "/token/v1/push", undefined, nothing);
  }

  private act(id: string, what: string, body: unknown): Promise<void> {
    return this.http.signed("POST", `/token/v1/tokens/${id}/${what}`, body, nothing);
  }
}
