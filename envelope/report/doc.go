// Package report has what is said inside of the envelopes between devices and the server: bodies in JSON,
// for both sides.
//
//	message             body            members of the [Answer]
//	envelope.Enroll     [Enrollment]    Enrolled
//	envelope.Report     [Batch]         Taken
//	envelope.Poll       [Inquiry]       Plan
//	envelope.Challenge  [Proofs]        Taken
//	envelope.Devices    [Introduction]  Named
//	envelope.Ready      [Wish]          Ready
//	envelope.Wallet     [Wallet]        Pay
//
// Each answer has the time of the server and, when a key to which devices seal is about to end, the new ones. What is refused has
// an Error, with a code to choose by.
//
// # Strictness
//
// Bodies of devices are read strictly: one object; the members of this package in their spelling, each at most
// once; no null; lists up to their bounds; UTF-8. So a body has one meaning, and a mistake of a device is found on its
// first day. Answers are read leniently: members may be added.
//
// # Who was there
//
// A primary tells of devices by the short numbers that the server assigned, never by their identifiers: it
// compares identifiers itself, with the list of the plan ([Watch]), so that devices which nobody registered are
// not told of at all. That a device was there is a claim of the primary until the device itself says so: [Evidence] is
// a [Statement] that the device signed, of now, or with the nonce of a fresh question.
//
// Times are milliseconds since 1970 (UTC); places are cells of S2 of level 14 (some 500 m) or coarser, never fixes.
package report
