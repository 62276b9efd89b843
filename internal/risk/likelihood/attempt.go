package likelihood

// The levels of an attempt: those of the network first, then those of the agent,
// each family with the finest level first.
const (
	Address = iota // the address or what stands for it
	Network        // the autonomous system
	Country        // ISO 3166-1 alpha-2
	Agent          // the full text that the browser or app sent, or what stands for it
	Browser        // with its version
	System         // with its version
	Device         // desktop, mobile, tablet, bot, unknown

	Levels // how many there are
)

// Families is how many families of features there are.
const Families = 2

// Attempt holds the features of one attempt by level. An unknown value is "", and
// counts like any other.
type Attempt [Levels]string

// family is the levels [from, to) with their weights, finest first.
type family struct {
	from, to int
	weights  []float64
}

// families returns the families with the weights of "Pump Up Password Security!".
func families() [Families]family {
	return [Families]family{
		{Address, Country + 1, []float64{0.6, 0.3, 0.1}},
		{Agent, Device + 1, []float64{0.5386653840551359, 0.2680451498625666, 0.18818295100109536, 0.0051065150812021525}},
	}
}

// familyOf returns the index of the family that a level belongs to.
func familyOf(level int) int {
	if level < Agent {
		return 0
	}
	return 1
}

// finest returns the finest level of a family.
func finest(family int) int {
	if family == 0 {
		return Address
	}
	return Agent
}
