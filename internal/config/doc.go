// Package config reads the file with which an operator runs a node: listeners,
// database, keys, TLS and resource limits. What a security officer decides
// (policies, journeys, clients) is in the database and not here.
//
// # Sources
//
// A value comes from, the later winning:
//
//	default tag < YAML file < environment
//
// The struct tags of [Config] are the only list of keys: the reader, the
// environment names, the limits and the reference ([Reference]) all follow from
// them. The key api.tls.certificate is the environment variable
// COUNTERSIGN_API_TLS_CERTIFICATE. A [Secret] may also be given by the name of
// a file that holds it: dsn_file, or COUNTERSIGN_DATABASE_DSN_FILE.
//
// # Strictness
//
// An unknown key is an error that names its line and the nearest key; so are a
// key given twice, an alias, a second document and a value of the wrong form. A
// typing error in a file that decides about security must not silently mean the
// default. An unknown environment variable is refused only when it is nearly one
// of ours, because container platforms invent variables of their own that begin
// with the name of the program.
//
// All problems are reported at once ([Problems]), each with its place and what to
// do.
//
// # Invariants
//
//   - [Load] returns either a configuration that [Config.Validate] accepts or an
//     error, never both and never neither;
//   - no error, log or reference repeats the value of a [Secret];
//   - the reference is itself a valid file that gives every default.
//
// # Threats
//
// The file decides who may connect and where keys lie, so it must be writable by
// the operator only; the program does not check that. A listener that is reachable
// from other machines refuses to speak plain HTTP unless plain_http says that
// TLS ends in front of it. A trusted proxy may name any client address, so
// "everyone" is refused as a trusted proxy.
package config
