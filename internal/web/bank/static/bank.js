// What the bank's own pages gain with JavaScript; each works without it.
(() => {
  "use strict";

  // Another code can be asked for after a while: until then the button waits, and the
  // seconds are counted for the eye.
  for (const button of document.querySelectorAll("button[data-wait]")) {
    let left = Number(button.dataset.wait);
    const text = button.form.querySelector("#wait");
    const count = text?.querySelector("[data-count]");
    if (!(left > 0) || !count) continue;
    button.disabled = true;
    const timer = setInterval(() => {
      count.textContent = String(Math.max(--left, 0));
      if (left > 0) return;
      clearInterval(timer);
      button.disabled = false;
      text.remove();
    }, 1000);
  }

  // Browsers that know it offer to copy the code from the message (WebOTP). The page is
  // bound to the origin in the last line of the text.
  const code = document.querySelector("input[autocomplete='one-time-code']");
  if (code && "OTPCredential" in window && window.isSecureContext) {
    const stop = new AbortController();
    code.form.addEventListener("submit", () => stop.abort());
    navigator.credentials.get({ otp: { transport: ["sms"] }, signal: stop.signal })
      .then((otp) => { if (otp && !code.value) code.value = otp.code; }, () => {});
  }

  // A page that waits for the customer's phone is fetched anew as soon as something has
  // happened; without the script the browser does it every few seconds.
  const waits = document.querySelector("[data-state]");
  if (waits) {
    const look = async () => {
      let pause = 0;
      try {
        const r = await fetch(waits.dataset.state, { headers: { Accept: "application/json" } });
        if (r.redirected || r.ok && (await r.json()).changed) { location.reload(); return; }
        pause = r.ok ? 0 : 4000;
      } catch { pause = 4000; }
      setTimeout(look, pause);
    };
    look();
  }

  // How good a new password is, while it is typed. The server judges; it judges again when
  // the form is sent.
  for (const box of document.querySelectorAll("[data-judge]")) {
    const field = document.getElementById(box.dataset.for);
    const meter = box.querySelector("meter");
    const text = box.querySelector(".strength-text");
    const list = box.querySelector("ul");
    const server = document.getElementById("mistakes");
    let timer = 0;
    let asked = 0;
    const show = (answer) => {
      meter.value = answer.score;
      if (text.textContent !== answer.text) text.textContent = answer.text;
      list.replaceChildren(...answer.mistakes.map((m) => {
        const li = document.createElement("li");
        li.textContent = m;
        return li;
      }));
      box.hidden = false;
      server?.remove();
    };
    const ask = async () => {
      const mine = ++asked;
      if (field.value === "") { box.hidden = true; return; }
      try {
        const r = await fetch(box.dataset.judge, { method: "POST", body: new URLSearchParams({ new_password: field.value }) });
        if (mine === asked && r.ok) show(await r.json());
      } catch { /* without an answer there is no meter */ }
    };
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 300); });
  }
})();
