// Package app puts the program together: it is the only place where packages of
// the domain, adapters, configuration and the operating system meet.
//
// [New] opens a node (database, keyring, audit log, domain), [App.Run] serves its
// listeners and its background work until the context ends, [App.Close] lets go
// of everything. [Main] is the command line; each command is a file cmd_*.go, with
// a type whose fields are its flags and whose Run does the work.
//
// # Start and stop
//
//	open     database reachable, schema up to date, keys at hand, anchor not
//	         newer than the database: else the node refuses to start and says
//	         what to do
//	ready    listeners accept; /readyz asks database, clock, and sealer
//	stopping readiness fails, listeners close, requests under way have limits.grace
//	         to end, background work stops, the log is sealed once more
//
// # Threats
//
// Slow clients: every listener bounds its connections, and how long each may take
// for headers, body and answer. Imports, and the downloads of their reports, have
// bounds of their own once they are admitted (transfer).
//
// Arguments of commands are visible to other users of the machine, so commands
// never take long-lived secrets as arguments in the server's own work: keys come
// from files or the environment. The oath commands are tools for test keys and say so.
package app
