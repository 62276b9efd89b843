// What the pages gain with JavaScript; each works without it.
(() => {
  "use strict";

  // Masked fields can be shown.
  const ready = (root) => {
    for (const b of root.querySelectorAll("button.reveal[hidden], button[data-copy][hidden]")) b.hidden = false;
  };

  const toast = (text) => {
    const box = document.getElementById("toasts");
    if (!box) return;
    const t = document.createElement("span");
    t.className = "toast";
    t.textContent = text;
    box.replaceChildren(t);
    setTimeout(() => t.remove(), 4000);
  };

  document.addEventListener("click", (e) => {
    const b = e.target.closest("button");
    if (!b) return;
    if (b.classList.contains("reveal")) {
      const input = document.getElementById(b.getAttribute("aria-controls"));
      const show = input.type === "password";
      input.type = show ? "text" : "password";
      b.setAttribute("aria-pressed", String(show));
      input.focus();
    } else if (b.dataset.copy) {
      const from = document.getElementById(b.dataset.copy);
      navigator.clipboard.writeText(from.dataset.value ?? from.textContent.trim())
        .then(() => toast(document.body.dataset.copied), () => getSelection().selectAllChildren(from));
    }
  });

  // What is shown does not stay readable when the form is sent.
  document.addEventListener("submit", (e) => {
    for (const i of e.target.querySelectorAll(".masked input")) i.type = "password";
  });

  // The browser leaves an idle page by itself (Refresh header); a minute before
  // that this offers to stay. It is announced once; the countdown is for the eye.
  const warn = () => {
    const bar = document.createElement("div");
    const text = document.createElement("span");
    const count = document.createElement("span");
    const stay = document.createElement("a");
    bar.className = "idle";
    bar.setAttribute("role", "alert");
    text.textContent = document.body.dataset.idleText;
    count.className = "mono";
    count.setAttribute("aria-hidden", "true");
    stay.className = "button small";
    stay.href = location.href;
    stay.textContent = document.body.dataset.idleStay;
    bar.append(text, count, stay);
    document.body.append(bar);
    let left = 60;
    setInterval(() => { count.textContent = String(Math.max(--left, 0)); }, 1000);
  };
  const idle = Number(document.body.dataset.idle || 0);
  if (idle > 60) setTimeout(warn, (idle - 60) * 1000);

  // Errors get the focus, so that they are read first.
  if ("failed" in document.body.dataset) document.getElementById("errors")?.focus();

  ready(document);
  document.addEventListener("htmx:after:swap", () => ready(document));
})();
