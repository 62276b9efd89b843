// Package ui is the design system of every page that Countersign serves: it
// renders, it secures, it speaks the reader's language. It knows no domain.
//
// A face (bank, console, lab, front, self) builds one [Kit] from its templates, texts
// and assets, and turns its table of [Route] values into a handler:
//
//	kit, err := ui.New(ui.Config{Face: ui.Bank, Pages: pages, Texts: texts, Now: now, Rand: rand, Log: log})
//	handler := kit.Handler([]ui.Route{{Pattern: "GET /login", Serve: h.login}, …})
//
// # Pages
//
// A page is one file NAME.html that defines "content"; files whose name begins
// with "part-" are shared by all pages of the face. The dot is a [View]: .Data is
// what the handler gave, .Form what the reader typed. Every text is written
// {{t "key"}}. New refuses a template that names an unknown text or asset, and
// languages whose keys or placeholders differ, so neither can reach a reader.
// Templates are parsed once for each language; nothing is parsed on a request.
//
// Handlers return errors. [Kit.Fail] is the one place that maps a fault to a
// status and a calm page; it is total over fault.Kind. A page is rendered into
// memory first, so a failure while rendering is a whole error page too.
//
// # Works without JavaScript
//
// Every act is a link or a form. The script (static/js/kit.js) only adds:
// showing a masked field, copying a code, an idle warning. htmx is loaded by
// pages that set Page.Live; it takes the same full page the browser would get
// and swaps the part named by hx-select, so there is no second code path.
//
// # Threats
//
//   - Injected script: html/template escapes by context; the content security
//     policy allows no inline script or style and no foreign origin.
//   - Cross-site requests: http.CrossOriginProtection refuses unsafe methods from
//     elsewhere; cookies are SameSite and HttpOnly, and carry the __Host- prefix
//     under TLS. Cookies do not keep ports apart, so their names carry the face.
//   - Framing, sniffing, leaking addresses: refused by headers on every answer.
//   - Shoulder and cache: secrets are masked when typed and never filled in again
//     (SCA-20); pages are never stored; [Chrome.Idle] ends an idle page (SCA-09).
//   - Large bodies: every route has a limit.
//   - Faults: the cause goes to the log with the request id, never to the page.
//   - Flash messages travel in a cookie as a text key with its values. Forging one
//     needs the cookie of the victim and yields only escaped text of ours.
package ui
