import { Clock } from "./clock";
import { applicationOf } from "./place";
import { Refused } from "./server/fault";
import { Server, type Phone } from "./server/server";
import type { Prompt } from "./server/types";
import type { Application, Kept, Store } from "./store/db";
import { languageOf, textsIn, When, type Language, type Texts } from "./text/text";
import { Frame, type Tab, type View } from "./ui/frame";
import { version } from "./version";

// Screen makes a view for the app as it stands.
export type Screen = (app: App) => View | Promise<View>;

// App is what all screens share: the way to the server, what rests here, the language, and
// which screens lie below the one that is shown.
export class App {
  readonly code: string;
  readonly clock: Clock;
  readonly server: Server;
  readonly frame: Frame;
  language: Language;
  t: Texts;
  when: When;
  token: Kept | undefined;
  pending: Kept | undefined;
  info: Application | undefined;
  prompts: Prompt[] = [];
  busy = false; // see View
  rejected = false; // the server does not know this device any more, or not at present
  onPrompts: (() => void) | undefined; // of the screen that shows them
  private stack: Screen[] = [];
  private turn = 0;

  constructor(
    readonly base: URL,
    readonly store: Store,
    offset: number,
    chosen: string | undefined,
    readonly tabs: Record<Tab, Screen>,
    readonly start: Screen, // of a device without a token
  ) {
    this.code = applicationOf(base.pathname);
    this.clock = new Clock(offset);
    this.language = languageOf(chosen ?? navigator.language);
    this.t = textsIn(this.language);
    this.when = new When(this.language);
    const signer = async (): Promise<{ keyID: string; privateKey: CryptoKey } | undefined> => this.token && { keyID: this.token.keyID, privateKey: this.token.device.privateKey };
    this.server = new Server({ origin: base.origin, clock: this.clock, signer, heard: () => void store.put("clock", this.clock.offset) });
    this.frame = new Frame(this.name, this.t);
    this.frame.onBack = () => history.back();
    this.frame.onTab = (tab) => this.reset(this.tabs[tab]);
    this.frame.speak(this.t, this.language);
    window.addEventListener("popstate", () => this.popped());
  }

  get name(): string {
    return this.info?.name ?? document.documentElement.dataset.name ?? this.code;
  }

  get bank(): string {
    return this.info?.bank ?? document.documentElement.dataset.bank ?? "";
  }

  // read takes what rests on the device.
  async read(): Promise<void> {
    [this.token, this.pending, this.info] = await Promise.all([this.store.get("token"), this.store.get("pending"), this.store.get("application")]);
  }

  // describe asks the server what the application is, and keeps the answer.
  async describe(): Promise<Application> {
    this.info = await this.server.application(this.code);
    await this.store.put("application", this.info);
    return this.info;
  }

  // speak changes the language, and keeps it.
  async speak(language: Language): Promise<void> {
    this.language = language;
    this.t = textsIn(language);
    this.when = new When(language);
    this.frame.speak(this.t, language);
    await this.store.put("language", language);
    await this.show();
  }

  phone(): Phone {
    const { platform, model } = looks();
    return { model, platform, appVersion: version, locale: this.language };
  }

  // go shows a screen above the present one; reset shows one with nothing below it.
  async go(screen: Screen): Promise<void> {
    this.stack.push(screen);
    history.pushState(this.stack.length, "");
    await this.show();
  }

  async replace(screen: Screen): Promise<void> {
    this.stack.splice(Math.max(0, this.stack.length - 1), 1, screen);
    await this.show();
  }

  async reset(screen: Screen): Promise<void> {
    this.stack = [screen];
    await this.show();
  }

  // home is where a token's owner begins.
  home(): Promise<void> {
    return this.reset(this.tabs.code);
  }

  async show(): Promise<void> {
    const turn = ++this.turn;
    const screen = this.stack[this.stack.length - 1];
    if (!screen) return;
    const view = await screen(this);
    if (turn !== this.turn) return view.end?.();
    this.onPrompts = undefined;
    this.busy = view.busy === true;
    this.frame.show(view, this.stack.length > 1, this.prompts.length);
    view.shown?.();
  }

  // look asks the inbox.
  async look(): Promise<void> {
    if (!this.token) return;
    try {
      this.prompts = await this.server.inbox();
      this.rejected = false;
    } catch (e) {
      if (e instanceof Refused && (e.code === "token.unknown" || e.code === "token.blocked")) {
        this.rejected = true;
        this.prompts = [];
      }
      throw e;
    } finally {
      this.frame.wait(this.prompts.length);
      this.onPrompts?.();
    }
  }

  private popped(): void {
    if (this.stack.length < 2) return;
    this.stack.pop();
    void this.show();
  }
}

// looks are what a browser says of the device that it runs on.
function looks(): { platform: string; model: string } {
  const data = (navigator as { userAgentData?: { platform?: string } }).userAgentData;
  const agent = navigator.userAgent;
  const platform = data?.platform || (/iPhone|iPad/.exec(agent)?.[0] ? "iOS" : (/Android|Windows|Mac OS X|Linux/.exec(agent)?.[0] ?? ""));
  const browser = /Edg\//.test(agent) ? "Edge" : /Firefox\/|FxiOS/.test(agent) ? "Firefox" : /Chrome\/|CriOS/.test(agent) ? "Chrome" : /Safari\//.test(agent) ? "Safari" : "Browser";
  const device = /iPhone|iPad/.exec(agent)?.[0] ?? /Android[^;]*; ([^;)]+)/.exec(agent)?.[1] ?? "";
  return { platform: platform.slice(0, 40), model: `${device === "" || device === "K" ? platform : device} (${browser})`.slice(0, 80) };
}
