// Package webapp holds the code of Countersign that runs in browsers: the risk
// probe, and the protocol of a mobile token in a browser. It is TypeScript, bundled by esbuild; what esbuild wrote is committed and
// embedded, so that building Countersign needs no Node. The types are checked by
// scripts/typecheck.
//
// # The probe
//
// The script (probe/main.ts) watches one page of the bank and sends reports
// (probe/report.ts) to an address of the page's own origin: device and browser,
// signs of automation and of tampering, and the rhythm of typing and pointer as means
// and deviations. A report leaves shortly after the load, with a form, and with the
// end of the page; a later one replaces an earlier one.
//
//	it never        because
//	reads content   no value of a field, no key and no position is in a report, and
//	                counts are classes, so that the length of a password is not told
//	stores          nothing in the browser; the bank's cookies are the bank's business
//	asks others     one address, of the page's own origin; the strictest content security
//	                policy does (script-src 'self'; connect-src 'self')
//	is needed       a page works without it, and its absence is a signal to the engine
//
// It runs in the customer's browser, where an attacker may run too: all that it says
// is a claim. It can make a session look worse than without it, never better than the
// statistics of address and device allow.
//
// # The mobile token's protocol
//
// token/ is a second client of RFC 6063, written from the RFC and the interop profile
// (docs/conformance/rfc6063.md) and not from package dskpp: what both read alike is written
// clearly. token/README.md has its design, and what a browser cannot protect. Its tests are
// bundled in testdata/token.js.
//
// # The installable token
//
// app/ is a mobile token that people install from a page of the bank: activation, secure
// codes, approvals with and without a network, and their other devices. app/README.md has
// its design. internal/web/mobileapp serves it.
package webapp

import (
	"embed"
	"io/fs"
)

//go:generate go tool -modfile=../tools/go.mod esbuild probe/main.ts --bundle --minify --target=es2020 --format=iife --charset=utf8 --legal-comments=none --log-level=warning --outfile=dist/probe.js
//go:generate go tool -modfile=../tools/go.mod esbuild token/test/main.ts --bundle --minify-syntax --target=es2020 --format=iife --charset=utf8 --legal-comments=none --log-level=warning --outfile=testdata/token.js
//go:generate go tool -modfile=../tools/go.mod esbuild app=app/main.ts sw=app/worker/main.ts app=app/app.css --bundle --minify --target=es2022 --format=iife --charset=utf8 --legal-comments=none --external:*.woff2 --log-level=warning --outdir=dist/app
//go:generate go tool -modfile=../tools/go.mod esbuild app/test/main.ts --bundle --minify-syntax --target=es2022 --format=iife --charset=utf8 --legal-comments=none --log-level=warning --outfile=testdata/app.js

//go:embed dist/probe.js
var probe []byte

// Probe returns the script, ready to be served as text/javascript in UTF-8.
func Probe() []byte { return probe }

//go:embed dist/app/app.js dist/app/app.css dist/app/sw.js app/icon
var app embed.FS

// App returns the files of the installable token: app.js, app.css, sw.js, and its icons.
func App() []fs.FS {
	out := make([]fs.FS, 0, 2)
	for _, dir := range []string{"dist/app", "app/icon"} {
		// Both are embedded: they cannot be missing.
		if sub, err := fs.Sub(app, dir); err == nil {
			out = append(out, sub)
		}
	}
	return out
}
