// Package apptest is the whole system for tests: an [Installation] on one of the
// two databases, nodes of it (in this process with a clock that the test moves,
// or as processes of their own that can be killed), customers with their tokens,
// and a [Bank] that speaks the JSON API as a bank's application does.
//
// Tests read as stories:
//
//	in := apptest.Install(t, dbtest.DSN(t, db.SQLite), nil)
//	kari := in.Holders(t, 1)[0]
//	node := in.Run(t)
//	got := node.Bank().MustLogin(t, kari.Number, kari.Code(0))
//
// Nothing is mocked: requests cross a socket, the database is a real one, and
// the customer's token is the arithmetic of package oath.
package apptest
