import { equal, type Suite } from "../../token/test/suite";
import de from "../text/de.json";
import en from "../text/en.json";
import { languageOf, textsIn, When, type Key } from "../text/text";

const holes = (text: string): string => (text.match(/\{\w+\}/g) ?? []).sort().join();

export function texts(s: Suite): void {
  s.add("texts have the same keys and holes", () => {
    equal(Object.keys(de).sort().join(), Object.keys(en).sort().join());
    for (const key of Object.keys(en) as Key[]) equal(`${key} ${holes(de[key])}`, `${key} ${holes(en[key])}`);
  });
  s.add("texts are filled in", () => equal(textsIn("en")("pin.short", { n: "6" }), "The PIN has at least 6 digits"));
  s.add("texts keep what is filled in as it is", () => equal(textsIn("en")("approve.pin", { what: "{n} $&" }).endsWith("{n} $&"), true));
  s.add("language of a tag", () => equal(["de-AT", "DE", "fr", "en-GB", ""].map(languageOf).join(), "de,de,en,en,en"));
  s.add("length of time in its unit", () => equal([30_000, 300_000, 9_000_000, 600_000_000].map((x) => new When("en").left(x)).join(), "30 seconds,5 minutes,2 hours,6 days"));
}
