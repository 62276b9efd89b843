// Package terminal has what a customer pays at and what stands behind it: a till of a shop or a shop on the web, its acquirer's line, and a
// network that may refuse what the issuer approved. They speak ISO 8583 and read cryptograms of EMV.
//
//	Till     an access device: unpredictable numbers, authorizations, reversals, receipts
//	Line     a connection that carries messages of one kind, with an answer for each
//	Network  a hop in between, which looks at messages and at answers
//
// It knows the protocols and nothing of the server.
package terminal
