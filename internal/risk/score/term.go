package score

// Side is what a term is about.
type Side string

// The sides; each has a score of its own.
const (
	Session Side = "session" // where from and with what
	Action  Side = "action"  // what is to be done
	User    Side = "user"    // whose account it is
	Base    Side = ""        // the base rate, part of every side
)

// Families of signals. Those of one family often come together, so what they may
// say together is bounded.
const (
	FamilyBase     = "base"
	FamilyNetwork  = "network"
	FamilyAgent    = "agent"
	FamilyDevice   = "device"
	FamilyPlace    = "place"
	FamilyProbe    = "probe"
	FamilyPayment  = "payment"
	FamilyPayee    = "payee"
	FamilyVelocity = "velocity"
	FamilyBehavior = "behavior"
	FamilyUser     = "user"
	FamilyList     = "list"
	// FamilyInteraction is about whom the customer's phone meets, when and where.
	FamilyInteraction = "interaction"
)

// Families lists the families that a rule may belong to.
func Families() []string {
	return []string{FamilyNetwork, FamilyAgent, FamilyDevice, FamilyPlace, FamilyProbe, FamilyPayment, FamilyPayee, FamilyVelocity, FamilyBehavior, FamilyUser, FamilyList, FamilyInteraction}
}

// Term is one piece of evidence.
type Term struct {
	Code   string `json:"code"`   // reason code: stable, dotted
	Family string `json:"family"` // of signals
	Side   Side   `json:"side,omitempty"`
	Weight int    `json:"weight"` // thousandths of a natural log-odds; positive speaks for fraud
}

// Bounds of what one family can add or take, in thousandths.
const (
	Bound     = 2500
	ListBound = 10_000
)

// boundOf returns the bound of a family.
func boundOf(family string) int {
	switch family {
	case FamilyList, FamilyBase:
		return ListBound
	}
	return Bound
}

// bounded appends, for each family beyond its bound, the term that cuts it off. It
// stands on the side that says most in that direction.
func bounded(terms []Term) []Term {
	var order []string
	sums := map[string]map[Side]int{}
	for _, t := range terms {
		if sums[t.Family] == nil {
			sums[t.Family] = map[Side]int{}
			order = append(order, t.Family)
		}
		sums[t.Family][t.Side] += t.Weight
	}
	for _, family := range order {
		total := 0
		for _, n := range sums[family] {
			total += n
		}
		bound := boundOf(family)
		if cut := max(-bound, min(bound, total)) - total; cut != 0 {
			terms = append(terms, Term{"bound." + family, family, loudest(sums[family], cut < 0), cut})
		}
	}
	return terms
}

// loudest returns the side that says most for fraud, or against it.
func loudest(sums map[Side]int, positive bool) (which Side) {
	most := 0
	for _, s := range []Side{Session, Action, User, Base} {
		n := sums[s]
		if !positive {
			n = -n
		}
		if n > most {
			which, most = s, n
		}
	}
	return which
}
