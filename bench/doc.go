// Command bench measures Countersign against limits that are measured in the same
// run. Figures of one machine say little about another; ratios of figures that
// were taken a few seconds apart on the same machine say much. So everything is
// measured in turns, several rounds of them, and what is told is the median over
// the rounds of the ratio within a round.
//
// # Scenarios
//
//	verify   verifications of secure codes over HTTP: durable, authenticated, with
//	         sealed seeds, lock-out and audit; against one transaction for each
//	         request, against a handler that does nothing, and against pgbench
//	flat     the same load on a thousand, a hundred thousand and a million tokens
//	import   an encrypted PSKC file against parsing it and inserting its rows
//	start    the time until a node is ready on a full database, and its idle memory
//	uniform  whether the time of a refusal tells why it was refused
//	risk     logins judged and completed by the risk engine, against one-row commits;
//	         on few and many customers, after few and many events; tests on the past
//	sms      codes by text message over SMPP, to the stored receipt, against one-row
//	         commits
//	approvals  payments approved on the customer's phone, online and by picture, against
//	         one-row commits
//	iso8583  messages of card networks read and written on one core, against another
//	         implementation
//	issuing  payments authorized over ISO 8583 on pipelined connections, few tokens and many
//	simsign  signatures on SIM cards over SMPP, phones and cards in a process of their own,
//	         against one-row commits; among few and many registered cards
//
// # What is measured
//
// Nodes are processes of their own (package rig) with default settings. The load
// (package load) is in this process and has the other half of the machine's work,
// so it is in all figures that are compared. Every answer is checked: one that is
// not the expected one ends the run.
// The scenarios risk, sms and approvals use the domain in this process, with a database of its
// own, as a node without its faces would.
//
// # What a run leaves
//
// A table on standard output and all figures as JSON in bench/out. Databases are
// made in a temporary directory, or as databases of their own in the PostgreSQL
// that was named, and removed at the end. The load stops by itself.
package main
