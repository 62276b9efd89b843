// Package rig sets up what is measured: databases that are filled with synthetic
// customers and tokens, nodes of Countersign as processes of their own, and
// readings of what these processes cost.
//
// # Nodes
//
// A node is this very program, started again with the word [Child] in front of
// the arguments of countersign: it runs internal/app as cmd/countersign does,
// with a configuration file, default limits and its log in a file. It is stopped
// by SIGTERM, so that each measurement begins and ends with an orderly node, an
// empty write-ahead log and a sealed audit log.
//
// # Synthetic rows
//
// Filling the tables through the use cases would take an hour for a million
// customers, so rows are written in bulk. They are what registration leaves: an
// active customer, an active HOTP token whose seed is sealed by the installation's
// own keyring, an enabled authenticator. Only this package writes tables that
// other packages own, and only in databases that it made itself.
//
// # Readings
//
// Processor time and memory come from /proc; on other systems they read as zero.
package rig
