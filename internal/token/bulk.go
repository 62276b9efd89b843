package token

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Bulk is one act on many tokens. As a value it can be proposed by one member of
// staff and carried out when another has approved: Payload is what both have seen.
type Bulk struct {
	Act      device.Act `json:"act"`              // suspend, resume, retire, return or extend
	Reason   string     `json:"reason"`           // for people, 1–200 characters
	Ends     *time.Time `json:"ends_at,omitzero"` // of extend
	EvenLast bool       `json:"even_last"`        // also where a customer is left without a usable token
	Tokens   []Named    `json:"tokens"`           // each once, in the order of the list; 1–MaxBulk
}

// Named is a token by its serial number in normal form.
type Named struct {
	Serial       string `json:"serial"`
	Manufacturer string `json:"manufacturer,omitempty"` // "" where the serial number is enough
}

// MaxBulk is how many tokens one bulk act may name.
const MaxBulk = 50_000

// BulkActs lists the acts that can be done in bulk.
func BulkActs() []device.Act {
	return []device.Act{device.Suspend, device.Resume, device.Retire, device.Return, device.Extend}
}

// NewBulk returns a bulk act in normal form. Faults are of the kind Invalid.
func NewBulk(b Bulk) (Bulk, error) {
	var err error
	if b.Reason, err = readReason(b.Reason, true); err != nil {
		return b, err
	}
	switch {
	case !slices.Contains(BulkActs(), b.Act):
		return b, fault.Invalidf("token.bulk_act", "This cannot be done in bulk. What can: %q.", BulkActs()).WithField("/act")
	case (b.Act == device.Extend) != (b.Ends != nil):
		return b, fault.Invalidf("token.ends", "Say when the tokens are to end if, and only if, their end is to be changed.").WithField("/ends_at")
	case len(b.Tokens) == 0 || len(b.Tokens) > MaxBulk:
		return b, fault.Invalidf("token.bulk_size", "Name 1 to %d tokens.", MaxBulk).WithField("/tokens")
	}
	if b.Ends != nil {
		at := b.Ends.UTC().Truncate(time.Microsecond)
		b.Ends = &at
	}
	b.Tokens, err = distinct(b.Tokens)
	return b, err
}

// distinct gives serial numbers in normal form, each once.
func distinct(all []Named) ([]Named, error) {
	seen := make(map[Named]bool, len(all))
	out := make([]Named, 0, len(all))
	for i, n := range all {
		given := n.Serial
		n.Serial, n.Manufacturer = device.Serial(given), strings.TrimSpace(n.Manufacturer)
		if n.Serial == "" || len(n.Serial) > maxField || len(n.Manufacturer) > maxField {
			return nil, fault.Invalidf("token.bulk_serial", "Entry %d of the list is no serial number.", i+1).WithField("/tokens")
		}
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out, nil
}

// FourEyes are the rules by which the act is done where f is in force. Whoever wants a
// suspended token back in use identifies its owner; nobody does that for a list, so
// two members of staff must agree to resume tokens in bulk, whatever f says. Else a
// list of one token would be the way around the identification.
func (b Bulk) FourEyes(f policy.FourEyes) policy.FourEyes {
	if b.Act == device.Resume && !f.Needs(policy.ActBulk) {
		f.Acts = append(slices.Clone(f.Acts), policy.ActBulk)
	}
	return f
}

// Payload returns the canonical bytes for a proposal.
func (b Bulk) Payload() []byte { return foureyes.Canonical(b) }

// ParseBulk reads the payload of a bulk act.
func ParseBulk(payload []byte) (b Bulk, err error) {
	bad := fault.Invalidf("foureyes.payload", "The payload is no bulk act on tokens.").WithField("/payload")
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		return b, bad.WithCause(err)
	}
	if b, err = NewBulk(b); err != nil {
		return b, err
	}
	if !bytes.Equal(b.Payload(), payload) {
		return b, bad
	}
	return b, nil
}

// ReadList reads serial numbers from a file or from what was pasted: one a line,
// or two columns with the manufacturer second, divided by a comma, a semicolon or
// a tab. Empty lines, lines that begin with #, and a heading "serial" are passed over.
func ReadList(r io.Reader) (all []Named, err error) {
	lines := bufio.NewScanner(r)
	dividers := strings.NewReplacer(";", ",", "\t", ",")
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || line[0] == '#' {
			continue
		}
		cells := strings.Split(dividers.Replace(line), ",")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), `"`)
		}
		if len(all) == 0 && strings.EqualFold(cells[0], "serial") {
			continue
		}
		if len(cells) > 2 || device.Serial(cells[0]) == "" {
			return nil, fault.Invalidf("token.bulk_serial", "Line %d of the list is no serial number.", n).WithField("/tokens")
		}
		if len(all) == MaxBulk {
			return nil, fault.Invalidf("token.bulk_size", "Name 1 to %d tokens.", MaxBulk).WithField("/tokens")
		}
		all = append(all, Named{Serial: cells[0], Manufacturer: strings.Join(cells[1:], "")})
	}
	if err := lines.Err(); err != nil {
		return nil, fault.Invalidf("token.bulk_serial", "The list cannot be read: %v.", err).WithField("/tokens")
	}
	return distinct(all)
}
