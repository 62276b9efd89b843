import type { App, Screen } from "../app";
import { explain } from "../explain";
import { startCamera, type Camera } from "../scan/camera";
import { readFile } from "../scan/decode";
import { h } from "../ui/dom";
import { button, note } from "../ui/parts";

// scanner reads a QR code by the camera, or from a picture that is chosen. take gets what it says
// and returns "" if that was what was wanted, else what to tell.
export function scanner(title: string, hint: string, take: (app: App, text: string) => Promise<string>): Screen {
  return (app) => {
    const { t } = app;
    const wrong = h("p", { class: "wrong", role: "alert", id: "scan-wrong" });
    const video = h("video", { playsinline: true, muted: true, "aria-label": t("scan.video") });
    const frame = h("div", { class: "camera", hidden: true }, video);
    const none = h("div", { hidden: true }, note("warn", t("scan.no_camera")));
    const file = h("input", { type: "file", accept: "image/*", class: "file", id: "picture-file", tabindex: "-1", "aria-hidden": "true" });
    let camera: Camera | undefined;
    let ended = false;
    let refused = "";
    const found = async (text: string): Promise<boolean> => {
      if (text === refused) return false;
      const problem = await take(app, text);
      if (problem !== "") [refused, wrong.textContent] = [text, problem];
      return problem === "";
    };
    const choose = async (): Promise<void> => {
      const chosen = file.files?.[0];
      file.value = "";
      if (!chosen) return;
      wrong.textContent = "";
      refused = "";
      try {
        const text = await readFile(chosen);
        if (text === undefined || text === "") wrong.textContent = t("scan.nothing");
        else await found(text);
      } catch (e) {
        wrong.textContent = e instanceof DOMException ? t("scan.nothing") : explain(t, e);
      }
    };
    file.addEventListener("change", () => void choose());
    const open = async (): Promise<void> => {
      try {
        const started = await startCamera(video, found);
        if (ended) return started.stop();
        camera = started;
        frame.hidden = false;
      } catch {
        none.hidden = false;
      }
    };
    return {
      title,
      body: [h("p", { class: "quiet-text" }, hint), frame, none, wrong, file],
      actions: [button(t("scan.file"), () => file.click(), "soft", "image", { id: "choose-file" })],
      shown: () => void open(),
      end: () => {
        ended = true;
        camera?.stop();
      },
    };
  };
}
