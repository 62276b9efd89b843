// The computer's keyboard presses the keys of the token, unless the focus is on
// something that wants the key itself.
(() => {
  "use strict";
  const form = document.querySelector("form[data-keyboard]");
  if (!form) return;
  const names = { Enter: "E", Backspace: "C", Delete: "C" };
  for (const e of document.querySelectorAll(".keyboard-hint")) e.hidden = false;
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.repeat) return;
    const at = document.activeElement;
    if (at && at.closest("input, select, textarea, summary, a")) return;
    if (at && at.closest("button") && (e.key === "Enter" || e.key === " ")) return;
    const key = form.querySelector(`button[value="${CSS.escape(names[e.key] ?? e.key.toUpperCase())}"]`);
    if (!key) return;
    e.preventDefault();
    key.classList.add("down");
    setTimeout(() => key.classList.remove("down"), 120);
    key.click();
  });
})();
