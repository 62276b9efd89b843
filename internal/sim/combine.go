package sim

import "github.com/countersign-auth/countersign/ota"

const (
	// maxTries is how many combinations of parts are tried when some are forged.
	maxTries = 32
	// maxSteps bounds the search for them.
	maxSteps = 2048
)

// combination looks for packets in parts of which some share a number.
type combination struct {
	byNumber     [][]ota.Segment
	chosen       []ota.Segment
	packets      [][]byte
	tries, steps int
}

// combine returns the packets that a part makes with others, of which some may share a number, in the
// order of their age. The oldest of each number come first, the newest of each next; then those that are
// nearest to the oldest, so that every number has its turn.
func combine(s ota.Segment, all []ota.Segment) [][]byte {
	c := combination{byNumber: make([][]ota.Segment, s.Total)}
	for _, p := range all {
		if p.Number != s.Number {
			c.byNumber[p.Number-1] = append(c.byNumber[p.Number-1], p)
		}
	}
	c.byNumber[s.Number-1] = []ota.Segment{s}
	youngest := 0
	for _, p := range c.byNumber {
		if len(p) == 0 {
			return nil
		}
		youngest += len(p) - 1
	}
	c.age(0)
	if youngest > 0 {
		c.age(youngest)
	}
	for sum := 1; sum < youngest && !c.over(); sum++ {
		c.age(sum)
	}
	return c.packets
}

func (c *combination) over() bool { return c.tries >= maxTries || c.steps >= maxSteps }

// age tries the combinations in which that many parts, in sum, are older than the chosen ones.
func (c *combination) age(sum int) {
	if c.steps++; c.over() {
		return
	}
	at := len(c.chosen)
	if at == len(c.byNumber) {
		c.try()
		return
	}
	room := 0
	for _, p := range c.byNumber[at+1:] {
		room += len(p) - 1
	}
	for i := max(0, sum-room); i < len(c.byNumber[at]) && i <= sum; i++ {
		c.chosen = append(c.chosen[:at], c.byNumber[at][i])
		c.age(sum - i)
	}
	c.chosen = c.chosen[:at]
}

func (c *combination) try() {
	c.tries++
	if k, packet, complete, err := ota.Assemble(c.chosen); err == nil && complete && k == ota.Responses {
		c.packets = append(c.packets, packet)
	}
}
