// Package mobileapp serves the installable mobile token: the files of webapp/app, with
// a page, a manifest and a service worker for each application of the bank.
//
//	/app/{application}/                       the page; #c=CODE opens it with an activation code
//	/app/{application}/manifest.webmanifest   the names of application and bank, and icons
//	/app/{application}/sw.js                  the service worker, whose scope this directory is
//	/app/{application}/{file}                 scripts, style, fonts, icons
//
// All of an application lies below its own directory, so that two applications on one
// host have a service worker, a cache and an installation each. (Their storage is one:
// the host's. The app names its database by the application.)
//
// # Versions
//
// A version is the digest of everything that an application is made of, its names
// included. It stands in the first line of the service worker, so that a browser that
// compares the worker's octets notices any change; the worker then fetches all files
// into a cache named by the version, and the page offers to change over. Files are
// answered with an ETag and asked for again each time, but by the worker.
//
// # Threats
//
//   - Injected script: names of application and bank go through html/template and
//     encoding/json; the content security policy takes scripts, styles, fonts and
//     connections of this host only, and nothing inline.
//   - The activation code of a link stands in the fragment, which no browser sends: it
//     is in no log of ours and no Referer.
//   - Framing: refused, for a page in a frame can be clicked through.
//   - The script itself is what this server says it is. Who can change it can take every
//     key that it works with; webapp/token/README.md says what else a browser cannot
//     protect.
//
// The handler has no state, no session and no database; what the app asks the server it
// asks at /token/v1 and /dskpp.
package mobileapp
