// A time that runs out is counted down, each minute and at the end each second. It is not
// spoken: the time itself stands in the page. data-now, where it is given, is the server's
// time when the page was made: clocks of readers may be wrong.
(() => {
  "use strict";
  const all = [...document.querySelectorAll("time[data-count]")];
  const skew = new Map(all.map((el) => [el, el.dataset.now ? Date.parse(el.dataset.now) - Date.now() : 0]));
  const two = (n) => String(n).padStart(2, "0");
  const draw = () => {
    for (const el of all) {
      let s = Math.floor((Date.parse(el.dataset.count) - Date.now() - skew.get(el)) / 1000);
      let out = el.nextElementSibling;
      if (!out || !out.classList.contains("countdown")) {
        out = document.createElement("span");
        out.className = "countdown";
        out.setAttribute("aria-hidden", "true");
        el.after(out);
      }
      if (s <= 0) {
        out.textContent = "";
        el.textContent = el.dataset.over;
        continue;
      }
      const d = Math.floor(s / 86400);
      s -= d * 86400;
      out.textContent = `(${d > 0 ? `${d} d ` : ""}${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)})`;
    }
  };
  if (all.length > 0) {
    draw();
    setInterval(draw, 1000);
  }
})();
