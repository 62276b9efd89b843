// Package foureyes lets an act that one person must not do alone be proposed by
// one member of staff and approved by another. Which acts these are is in the
// policies ([policy.FourEyes]); what they do is with the packages that own them.
//
// # States
//
//	state      meaning                                   row says
//	open       waits for somebody else                   open
//	approved   may be carried out, once                  approved
//	running    is being carried out                      running
//	executed   done                                      executed
//	rejected   somebody else said no                     rejected
//	withdrawn  its proposer took it back                 withdrawn
//	failed     could not be carried out; outcome: why    failed
//	expired    nobody acted in time                      open or approved, and expires_at has passed
//
//	from       by Approve           Reject     Withdraw    Execute, CarryOut            end of the run    Sweep
//	open       approved, executed*  rejected   withdrawn   refused                      –                 –
//	           or failed**
//	approved   refused              refused    withdrawn   running or failed**          –                 –
//	running    refused              refused    refused     refused                      executed, failed  failed***
//	executed   refused              refused    refused     refused                      –                 –
//	rejected   refused              refused    refused     refused                      –                 –
//	withdrawn  refused              refused    refused     refused                      –                 –
//	failed     refused              refused    refused     refused                      –                 –
//	expired    refused              refused    refused     refused                      –                 –
//
//	*    a short act ([Executor].Within) happens in the transaction of its approval
//	**   when it has become impossible: see below; nothing but the state changes
//	***  when its node has given no sign of life for five minutes
//
// After the restoration of a backup ([Restored]) nothing goes on: open becomes
// withdrawn, approved and running become failed.
//
// Every transition is one conditional UPDATE, so of many who act at once one wins,
// and leaves an audit record with the digest of the payload.
//
// # Two people
//
// Proposer and approver are members of staff with different ids. The UPDATE that
// decides says so (proposer <> decider), and so does a constraint of the table: no
// row can exist that its own proposer decided. The command line without a proved
// member of staff, applications and parts of the program can neither propose nor
// decide, because nobody knows who is behind them (docs/adr/0009-four-eyes.md).
//
// # What was approved is what happens
//
// A payload is canonical bytes, written once. Its digest (SHA-256 over act and
// payload) is shown to the approver, who gives it back: they approve what they
// have seen. It is computed anew before the act, which gets the payload from the
// row and nothing else. A payload that names something too large or too secret to
// keep, as the file of an import with its transport key, has that thing's digest;
// whoever carries the approved proposal out presents the thing again
// ([Desk.CarryOut]), and another one is refused.
//
// What runs is given a [Warrant], which only this package can make. The doors of
// the acts ([Allow]) ask for it.
//
// # What has become impossible
//
// At approval and again before a run it is checked that the policies are still
// those that the proposal was made against (base), that proposer and approver may
// still do what they did, and that the act itself is possible. If not, the
// proposal ends as failed with the reason, and the act has changed nothing. What
// goes wrong on our side (database away) leaves a proposal as it is.
//
// # At most once
//
// A short act is done in one transaction with the transition to executed. A long
// one is claimed by the transition to running, which nothing leads back from: a
// run that broke off is failed, never repeated. Its parts that were committed stay
// and are in the audit log.
//
// # Threats
//
// One person with two accounts is two people here: staff accounts are handed out
// by administrators, who hold no security officer's permissions. Whoever can write
// to the database, or start programs with its keys, can act without any of this;
// the audit log's checkpoints outside the database are what they do not reach.
//
// Table: proposal.
package foureyes
