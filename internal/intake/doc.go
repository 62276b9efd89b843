// Package intake is what every import of a file has in common: the file is read once,
// hashed on the way, cut into batches, and written by a goroutine of its own, so that a
// million rows need no memory; every row is reported, and the report is hashed. It
// knows no domain.
//
//	file → Reader → parser of the import → Feed → batches → database → Report
//
// # Three ways
//
//	RowByRow      each batch is a transaction; what was reported as taken stays, also
//	              when the import breaks off
//	AllOrNothing  a look first; then one transaction, or none when a row is refused
//	InStages      a look first; then a transaction for each batch, unseen, and one that
//	              shows them all
//
// An import notes that it begins, and that it has ended, whatever happened; both are
// the business of its [Work]. The end is noted also when the caller has gone.
//
// # Threats
//
// A file that changes between two readings: the second one is judged again by what
// it says (Work.Whole). A parser or a write that panics ends the import, not the node.
package intake
