package mobiletoken

// Status is a token's place in its life.
type Status string

// States of a token; the transitions are in the package comment.
const (
	Created      Status = "created"
	CodeIssued   Status = "code_issued"
	Provisioning Status = "provisioning"
	Active       Status = "active"
	Blocked      Status = "blocked"
	Archived     Status = "archived"
)

// Statuses lists all states, in the order of a token's life.
func Statuses() []Status {
	return []Status{Created, CodeIssued, Provisioning, Active, Blocked, Archived}
}

// Act is something that is done with a token in its life.
type Act string

// The acts.
const (
	Issue    Act = "issue"    // an activation code; of one in use, for another device of its owner
	Redeem   Act = "redeem"   // the code: a device has a key, and is to prove it
	Activate Act = "activate" // the first code was right
	Withdraw Act = "withdraw" // the activation code, or the key that was never proven
	Block    Act = "block"
	Enable   Act = "enable"
	Archive  Act = "archive"
)

// Acts lists all acts.
func Acts() []Act { return []Act{Issue, Redeem, Activate, Withdraw, Block, Enable, Archive} }

// To returns the state that the act leads to; false when it is not allowed. It is the
// table of the package comment.
func (a Act) To(from Status) (Status, bool) {
	row := map[Status]Status{}
	switch a {
	case Issue:
		row = map[Status]Status{Created: CodeIssued, CodeIssued: CodeIssued, Provisioning: CodeIssued, Active: Active, Blocked: Blocked}
	case Redeem:
		row = map[Status]Status{CodeIssued: Provisioning, Active: Active, Blocked: Blocked}
	case Activate:
		row = map[Status]Status{Provisioning: Active, Active: Active, Blocked: Active}
	case Withdraw:
		row = map[Status]Status{CodeIssued: Created, Provisioning: Created, Active: Active, Blocked: Blocked}
	case Block:
		row = map[Status]Status{Active: Blocked, Blocked: Blocked}
	case Enable:
		row = map[Status]Status{Blocked: Active}
	case Archive:
		row = map[Status]Status{Created: Archived, CodeIssued: Archived, Provisioning: Archived, Active: Archived, Blocked: Archived}
	}
	to, allowed := row[from]
	return to, allowed
}

// Cause says who, or what, blocked a token.
type Cause string

// Causes of a block, weakest first: a stronger one takes the place of a weaker.
const (
	ByUser     Cause = "user"
	ByAttempts Cause = "attempts"
	ByOperator Cause = "operator"
)

// rank orders the causes; 0 for none.
func (c Cause) rank() int {
	return map[Cause]int{ByUser: 1, ByAttempts: 2, ByOperator: 3}[c]
}
