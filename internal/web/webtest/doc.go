// Package webtest helps to test web pages: with a parser of our own pages for
// handler tests, and with a real Chromium for browser tests.
//
// Handler tests read answers with [Parse] and ask the tree, rather than search
// for substrings. [CheckTexts] finds texts that no code uses and texts that code
// asks for in vain.
//
// Browser tests stand behind the build tag "browser". [Start] runs Chromium
// once for a test and its subtests; each [Tab] has cookies of its own, so two
// tabs are two people. A tab fails its test when a page logs an error or breaks
// the content security policy. [Tab.Axe] runs axe-core (vendored in
// testdata/axe, MPL 2.0) and fails on serious or critical findings. Screenshots
// go to artifacts/ at the root of the module.
//
// [Start] gives Chromium the looks of a browser that a person uses, and [Tab.Type] types
// with small rests, so that the risk engine has nothing against the test and a test can show
// what it has against an act. [StartConspicuous] is for tests of what programs look like.
//
// Without Chromium a browser test is skipped, unless the environment has CI
// set: then it fails.
package webtest
