import { Fault } from "../fault";
import { checkURL, send, type Sender } from "../http";
import { media } from "../names";
import { hex, none, utf8 } from "../octets";
import { equal, fails, type Suite } from "./suite";

// http adds tests of the binding to HTTP, with answers made up.
export function http(s: Suite): void {
  const answers = (...statuses: (number | "lost")[]): Sender & { asked: number; paused: number[] } => {
    const sender = {
      asked: 0,
      paused: [] as number[],
      attempts: 3,
      pause: (n: number): Promise<void> => Promise.resolve(void sender.paused.push(n)),
      fetch: (): Promise<Response> => {
        const status = statuses[sender.asked++] ?? 200;
        if (status === "lost") return Promise.reject(new TypeError("lost"));
        return Promise.resolve(new Response("fine", { status: status === 299 ? 200 : status, headers: { "Content-Type": status === 299 ? "text/html" : media + "; charset=utf-8" } }));
      },
    };
    return sender;
  };
  s.add("7.2.4: failures of network and server are tried again", async () => {
    const sender = answers("lost", 503, 200);
    equal(hex(await send(sender, "https://bank.example", none)), hex(utf8("fine")));
    equal(`${sender.asked} ${sender.paused.join()}`, "3 1,2");
    const dead = answers(500, 500, 500, 200);
    equal((await fails(Fault, () => send(dead, "https://bank.example", none))).why, "transport");
    equal(dead.asked, 3);
  });
  for (const status of [299, 201, 400, 403, 404]) {
    s.add(`7.2.4: status ${status} is no answer, nor is another type (299)`, async () => {
      const sender = answers(status);
      equal((await fails(Fault, () => send(sender, "https://bank.example", none))).why, "http");
      equal(sender.asked, 1);
    });
  }
  s.add("only HTTPS, or this device", async () => {
    for (const good of ["https://bank.example/dskpp", "http://localhost:8080/", "http://127.0.0.1/x", "http://[::1]/x"]) checkURL(good);
    for (const bad of ["http://bank.example/", "bank.example", "", "ftp://localhost/", "javascript:1", "http://localhost.bank.example/"]) {
      equal((await fails(Fault, () => checkURL(bad))).why, "unacceptable");
    }
  });
}
