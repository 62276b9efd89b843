// Package telemetry makes the logger and the metrics of a node.
//
// # Log
//
// [NewLogger] writes one line per event to the writer it is given, as JSON or as
// text, and adds the id of the request that the context carries
// ([WithRequestID]). Whoever logs passes the logger on as a field; there is no
// global one.
//
// Secrets are kept out by their types: keyring.Secret, config.Secret and their
// kind print "[redacted]" whatever is done to them. The handler is the second
// belt, for the day when somebody logs a plain string. It hides
//
//   - attributes whose name says that they are secret ("pin", "dsn",
//     "client_secret"), whatever their type;
//   - raw bytes, of which only the number is shown;
//   - passwords inside URLs, in any string or error.
//
// # Metrics
//
// [Metrics] is a registry with the prefix "countersign_". It has no handler:
// serving HTTP is the program's business, which asks [Metrics.Gatherer]. A label
// must have few values; a metric that has reached 256 combinations counts further
// ones under "other", so that a mistake in a label costs precision and not
// memory.
//
// # Threats
//
// Logs and metrics leave the node and are read by many. Neither may carry a
// secret (SCA-21), nor what tells a customer's secret: a code that was wrong by
// one digit is as good as the code. Names of customers and serial numbers may
// stand in the audit log, never in a metric. A text from outside cannot forge a
// line: both formats quote line breaks.
package telemetry
