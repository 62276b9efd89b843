package prompt

// Status is a prompt's place in its life.
type Status string

// States of a prompt; the transitions are in the package comment.
const (
	Pending    Status = "pending"    // an answer is awaited
	Approved   Status = "approved"   // by a device; whoever asked has not taken it yet
	Used       Status = "used"       // it was taken, once
	Refused    Status = "refused"    // the customer does not want it
	Reported   Status = "reported"   // the customer has not asked for it: "it was not me"
	Expired    Status = "expired"    // nobody answered in time, or nobody took the approval
	Cancelled  Status = "cancelled"  // what it was asked for has ended, or its device has
	Superseded Status = "superseded" // a newer one took its place
)

// Statuses lists all states.
func Statuses() []Status {
	return []Status{Pending, Approved, Used, Refused, Reported, Expired, Cancelled, Superseded}
}

// Act is something that happens to a prompt.
type Act string

// The acts.
const (
	Approve   Act = "approve"
	Use       Act = "use"    // of an approval
	Answered  Act = "answer" // of a picture: its code was typed, and is used at once
	Refuse    Act = "refuse"
	Report    Act = "report"
	Expire    Act = "expire"
	Cancel    Act = "cancel"
	Supersede Act = "supersede"
)

// Acts lists all acts.
func Acts() []Act {
	return []Act{Approve, Use, Answered, Refuse, Report, Expire, Cancel, Supersede}
}

// To returns the state that the act leads to; false when it is not possible. It is the
// table of the package comment.
func (a Act) To(from Status) (Status, bool) {
	if from != Pending && from != Approved {
		return "", false
	}
	to := map[Act][2]Status{ // from pending, from approved
		Approve:   {Approved, ""},
		Use:       {"", Used},
		Answered:  {Used, ""},
		Refuse:    {Refused, ""},
		Report:    {Reported, ""},
		Expire:    {Expired, Expired},
		Cancel:    {Cancelled, Cancelled},
		Supersede: {Superseded, ""},
	}[a]
	if from == Approved {
		return to[1], to[1] != ""
	}
	return to[0], to[0] != ""
}

// Open reports whether something can still happen to a prompt.
func (s Status) Open() bool { return s == Pending || s == Approved }
