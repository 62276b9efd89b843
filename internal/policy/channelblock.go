package policy

import "time"

// BlockAfter says when a very high risk closes the channel to its customer.
type BlockAfter string

// When a channel is closed; docs/risk.md weighs them up.
const (
	// BlockNever denies the one authentication, and no other.
	BlockNever BlockAfter = "never"
	// BlockProven asks that a right proof came before: in the authentication itself or,
	// where it is not a login, lately on that channel. Who only knows a customer's
	// number locks nobody out.
	BlockProven BlockAfter = "proof"
	// BlockAny closes the channel without a proof too.
	BlockAny BlockAfter = "any"
)

// ChannelBlock says what follows from a very high risk besides the denial.
type ChannelBlock struct {
	After       BlockAfter    `yaml:"after"`                  // proof when it is left out
	For         time.Duration `yaml:"for,omitempty"`          // 5 min – 1 year; a day when both are left out
	UntilLifted bool          `yaml:"until_lifted,omitempty"` // it does not end by itself
}

const (
	defaultBlock = 24 * time.Hour
	leastBlock   = 5 * time.Minute
	mostBlock    = 365 * 24 * time.Hour
)

// Until returns when a block that is made now ends; the zero time when staff must lift it.
func (b ChannelBlock) Until(now time.Time) time.Time {
	if b.UntilLifted {
		return time.Time{}
	}
	return now.Add(b.For)
}

// completeChannelBlocks gives journeys that ask the risk engine what they do not mention.
func (s *Set) completeChannelBlocks() {
	for i := range s.Journeys {
		r := &s.Journeys[i].Risk
		if !r.On {
			continue
		}
		if r.ChannelBlock.After == "" {
			r.ChannelBlock.After = BlockProven
		}
		if b := &r.ChannelBlock; b.After != BlockNever && b.For == 0 && !b.UntilLifted {
			b.For = defaultBlock
		}
	}
}

// validateChannelBlock names the mistakes in what is said about very high risks.
func (j Journey) validateChannelBlock(m *mistakes, at string) {
	b := j.Risk.ChannelBlock
	if !j.Risk.On {
		m.check(b == (ChannelBlock{}), "%s: risk.channel_block says what follows from a judgment that risk.on does not ask for: set risk.on to true, or leave it out", at)
		return
	}
	switch b.After {
	case BlockNever:
		m.check(b.For == 0 && !b.UntilLifted, "%s: risk.channel_block.after is never: leave for and until_lifted out", at)
	case BlockProven, BlockAny:
		m.check(b.UntilLifted != (b.For != 0), "%s: risk.channel_block has for and until_lifted: leave one of them out", at)
		m.check(b.UntilLifted || b.For >= leastBlock && b.For <= mostBlock, "%s: risk.channel_block.for is %s; it must be 5m to 8760h", at, b.For)
	default:
		m.check(false, "%s: risk.channel_block.after is %q; use never, proof or any", at, b.After)
	}
}

// Channels lists the channels of the journeys, each once, in their order.
func (s *Set) Channels() (all []string) {
	seen := map[string]bool{}
	for _, j := range s.Journeys {
		if !seen[j.Channel] {
			seen[j.Channel] = true
			all = append(all, j.Channel)
		}
	}
	return all
}
