import { guarded } from "./stats";

// automation lists what speaks for a program that drives the browser. The codes are
// part of the report's format: package internal/risk/probe knows them.
export function automation(): string[] {
  const found: string[] = [];
  const check = (code: string, f: () => boolean): void => {
    if (guarded(f, false)) found.push(code);
  };
  check("webdriver", () => navigator.webdriver);
  check("headless", () => /headless/i.test(navigator.userAgent + brands()));
  check("driver", () => driverNames(window) || driverNames(document));
  check("no-languages", () => navigator.languages.length === 0);
  check("no-window", () => outerWidth === 0 && outerHeight === 0);
  check("no-plugins", () => chromium() && !mobile() && navigator.plugins.length === 0);
  check("agent-platform", () => contradicts(navigator.userAgent, navigator.platform));
  return found;
}

// driverNames finds the names that drivers of browsers leave behind.
function driverNames(o: object): boolean {
  const left = /^(\$?cdc_|\$chrome_asyncScriptInfo|__(webdriver|driver|selenium|fxdriver|playwright|puppeteer|pw)|_phantom|callPhantom|_selenium|domAutomation|__nightmare)/;
  return Object.getOwnPropertyNames(o).some((name) => left.test(name));
}

function brands(): string {
  const data = (navigator as Navigator & { userAgentData?: { brands?: { brand: string }[] } }).userAgentData;
  return (data?.brands ?? []).map((b) => b.brand).join(" ");
}

const chromium = (): boolean => "chrome" in window;
const mobile = (): boolean => /Mobi|Android/.test(navigator.userAgent);

// contradicts says that the agent names another system than the platform.
function contradicts(agent: string, platform: string): boolean {
  if (/Windows NT/.test(agent)) return !/^Win/.test(platform);
  if (/Macintosh/.test(agent)) return !/^Mac/.test(platform);
  if (/(X11|Linux)/.test(agent)) return !/(Linux|BSD|CrOS|X11|Android|SunOS)/.test(platform);
  return false;
}
