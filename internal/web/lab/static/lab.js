// The computer's keyboard presses the keys of the token, unless the focus is on
// something that wants the key itself. Phones show what came last.
(() => {
  "use strict";
  // The newest text of a phone is at the bottom, and seen.
  const screen = document.getElementById("screen");
  if (screen) {
    let seen = 0;
    const follow = () => {
      const n = screen.querySelectorAll(".bubble").length;
      if (n !== seen) screen.scrollTop = screen.scrollHeight;
      seen = n;
    };
    follow();
    document.addEventListener("htmx:after:swap", follow);
  }

  const form = document.querySelector("form[data-keyboard]");
  if (!form) return;
  const names = { Enter: "E", Backspace: "C", Delete: "C" };
  for (const e of document.querySelectorAll(".keyboard-hint")) e.hidden = false;
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.repeat) return;
    const at = document.activeElement;
    if (at && at.closest("input, select, textarea, summary, a")) return;
    if (at && at.closest("button") && (e.key === "Enter" || e.key === " ")) return;
    const name = CSS.escape(names[e.key] ?? e.key.toUpperCase());
    const key = form.querySelector(`button:is([value="${name}"], [data-key="${name}"])`);
    if (!key) return;
    e.preventDefault();
    key.classList.add("down");
    setTimeout(() => key.classList.remove("down"), 120);
    key.click();
  });

  // The button held down for a second does what a small key below it does.
  const button = form.querySelector("#key-B");
  const hold = form.querySelector("#key-I");
  if (!button || !hold) return;
  let timer = 0;
  let held = false;
  const stop = () => clearTimeout(timer);
  button.addEventListener("pointerdown", () => {
    held = false;
    stop();
    timer = setTimeout(() => { held = true; hold.click(); }, 1000);
  });
  for (const name of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(name, stop);
  button.addEventListener("contextmenu", (e) => e.preventDefault());
  button.addEventListener("click", (e) => {
    if (held) e.preventDefault();
    held = false;
  });
})();
