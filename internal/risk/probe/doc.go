// Package probe reads what the risk probe reports from a customer's browser
// (package webapp) and says what in it is worth a signal.
//
// # Trust
//
// A report is a claim by a browser that may be an attacker's. [Parse] bounds it (size,
// depth, lengths, ranges) and refuses what the script would never send; what is
// refused is a signal itself ([Malformed]), as is a report that never comes
// ([Missing]): whoever suppresses the probe gains nothing. A report raises suspicion;
// what lowers it are the statistics of address, agent and device, and of these the
// probe only contributes the device.
//
// # Signals
//
//	code                   fires when
//	probe.missing          no report came for a visit of which one was expected
//	probe.malformed        a report came that the script does not make
//	probe.agent            its agent is another one than the request's
//	automation.CODE        the browser is driven by a program, or says so
//	tamper.functions       functions of the browser were replaced
//	tamper.content         scripts, frames or fields were added after the load
//	tamper.form            a form would send to another origin
//	tamper.policy          the content security policy was violated
//	tamper.framed          the page is inside another one
//	input.untrusted        keys or values came from a program
//	input.silent           a field has a value that nobody entered
//	input.steady           keys are pressed at a rhythm that no hand has
//
// # Personal data
//
// The report has no content by construction. Of device and canvas only [Report.Device]
// is kept, a text that the caller keeps as a keyed hash.
package probe
