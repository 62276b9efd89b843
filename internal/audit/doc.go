// Package audit is the record of everything that matters, in a form that proves
// that it was not changed: a transparency log.
//
// # From an event to a proof
//
//	Record ──► journal (boot, slot, seq) ──Seal──► leaf of the Merkle tree ──► signed checkpoint ──► anchor outside the database
//	           in the caller's transaction         about a second later
//
// [Record] leaves an [Event] with the caller's transaction: package db numbers it
// in its stream (boot, slot) and writes it just before the commit, so what was
// acknowledged is recorded, and what is recorded happened. There is no sequence
// and no chain on the hot path.
//
// The sealer ([Log.Seal], [Log.Run]) takes the contiguous beginning of every
// stream that is not sealed yet and gives its records the next leaf indexes. The
// tree is that of RFC 6962, stored in tiles (golang.org/x/mod/sumdb/tlog). A leaf
// is the record's metadata and the digest of salt and details ([Entry.AppendLeaf]),
// so details can be erased ([Erase]) and every proof still holds. Each sealing
// signs a [Checkpoint] in the form of golang.org/x/mod/sumdb/note, with an Ed25519
// key derived from the installation's root key: without the key-encryption key
// nobody signs, and there is no key row that could be replaced.
//
// Each checkpoint leaves the database: every node keeps the newest in its anchor
// (a file, see [Anchor]) and tells it to its log. Before a node replaces its anchor
// it checks that the new tree contains the old one.
//
// # Many sealers
//
// Every node seals. The fence is the one row of audit_head: a sealer computes
// outside any transaction and then moves the row from the checkpoint it started
// from to its own; if another was faster nothing changes, and it starts anew. The
// streams of a dead node are sealed to their end by the others: at once on demand,
// else within five minutes, because streams of runs that ended long ago are not
// looked at every second.
//
// A record that is missing before it was sealed (somebody deleted it) stops its
// stream: nothing is sealed over a hole, [Stats.Gaps] counts it, and Verify names
// it. A node that is started anew has new streams.
//
// # A restored database is noticed
//
// A node whose anchor is not contained in the database's tree refuses to seal and
// to start ([Log.CheckAnchor], fault "audit.restored"). [Log.Recover] raises the
// epoch, records how much was lost, and runs hooks of other packages in the same
// transaction, which make sure that no spent code verifies again. Other nodes
// accept the shorter tree once they see the epoch, whose row carries a MAC.
//
//	in service ──older database──► refused ──Recover──► in service, next epoch
//
// # Invariants
//
//   - every stream is sealed in order, without gap and once;
//   - leaf indexes have no gap;
//   - a checkpoint's tree contains the trees of all earlier checkpoints of its epoch;
//   - erasing changes no leaf.
//
// Each is checked by [Log.Verify], and by a property test over random appends,
// crashes, seals and erasures.
//
// # Tables
//
// audit_head, audit_checkpoint, audit_span, audit_stream, audit_tile, audit_epoch.
// The table journal is written by db and read and erased here.
//
// # Threats
//
// Somebody who can write to the database but does not have the key-encryption
// key: cannot change, remove or reorder a sealed record without Verify telling
// which; cannot sign a checkpoint; can roll everything back to an older
// checkpoint, which every anchor tells. They can add records that claim what never
// happened, as any writer of a log can: the log proves that nothing was changed
// later, not that it was true. They can change records in the unsealed tail (about
// a second), which only the node that wrote it could tell.
//
// Somebody who controls a node with its keys can sign anything; what they cannot
// do is make the anchors on other machines and in the log stream agree. Copies of
// checkpoints outside the reach of the database's administrators are what the
// proofs stand on.
//
// Secrets never belong in an event; persons' names belong in its details only.
package audit
