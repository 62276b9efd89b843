import de from "./de.json";
import en from "./en.json";

// Key names a text. Both files have the same keys: the compiler sees to it.
export type Key = keyof typeof en;
export type Language = "en" | "de";

const all: Record<Language, Record<Key, string>> = { en, de: de satisfies Record<Key, string> };

export const languages: Language[] = ["en", "de"];

// languageOf takes the language of a tag such as "de-AT"; English for all others.
export const languageOf = (tag: string): Language => (tag.toLowerCase().startsWith("de") ? "de" : "en");

// Texts gives the text of a key, with {placeholders} filled in.
export type Texts = (key: Key, values?: Record<string, string>) => string;

export function textsIn(language: Language): Texts {
  return (key, values = {}) => all[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

// known returns a key that was put together, if there is such a text.
export const known = (key: string): Key | undefined => (key in en ? (key as Key) : undefined);

// When writes times for people.
export class When {
  constructor(private readonly language: Language) {}

  // day and time of day, in the device's zone.
  full(at: number): string {
    return new Intl.DateTimeFormat(this.language, { dateStyle: "medium", timeStyle: "short" }).format(at);
  }

  // left is a length of time in its largest unit: "6 days", "12 minutes".
  left(milliseconds: number): string {
    const seconds = Math.max(0, milliseconds / 1000);
    const [value, unit] = seconds >= 172_800 ? [seconds / 86_400, "day"] : seconds >= 7200 ? [seconds / 3600, "hour"] : seconds >= 120 ? [seconds / 60, "minute"] : [seconds, "second"];
    return new Intl.NumberFormat(this.language, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 }).format(Math.floor(value));
  }
}
