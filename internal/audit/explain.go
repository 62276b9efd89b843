package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Step is one step of a proof: the hash so far and its neighbor give the next.
type Step struct {
	Left, Right, Gives tlog.Hash
	First, Last        int64 // the leaves that Gives stands for
}

// Explanation is a proof laid out for people.
type Explanation struct {
	Proof      Proof
	LeafHash   tlog.Hash
	Steps      []Step
	Checkpoint Checkpoint
}

// Explain proves a record and lays the proof out step by step.
func (l *Log) Explain(ctx context.Context, id ID) (*Explanation, error) {
	p, err := l.Prove(ctx, id)
	if err != nil {
		return nil, err
	}
	c, err := CheckProof(p, l.VerifierKey())
	if err != nil {
		return nil, err
	}
	x := &Explanation{Proof: p, LeafHash: p.Entry.LeafHash(), Checkpoint: c}
	x.walk(0, c.Size, len(p.Hashes))
	return x, nil
}

// walk goes down the tree of the leaves lo to hi towards the leaf and adds the
// steps on the way back up, the way the proof is ordered (RFC 6962, section
// 2.1.1). It returns the hash of that tree. N is the number of proof hashes left.
func (x *Explanation) walk(lo, hi int64, n int) tlog.Hash {
	if hi-lo == 1 || n == 0 {
		return x.LeafHash
	}
	half := int64(1)
	for half*2 < hi-lo {
		half *= 2
	}
	other := x.Proof.Hashes[n-1]
	s := Step{First: lo, Last: hi - 1}
	if x.Proof.Leaf < lo+half {
		s.Left, s.Right = x.walk(lo, lo+half, n-1), other
	} else {
		s.Left, s.Right = other, x.walk(lo+half, hi, n-1)
	}
	s.Gives = tlog.NodeHash(s.Left, s.Right)
	x.Steps = append(x.Steps, s)
	return s.Gives
}

// String tells the record and its proof in words.
func (x *Explanation) String() string {
	var b strings.Builder
	e := x.Proof.Entry
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-11s "+format+"\n", append([]any{name}, args...)...)
	}
	line("record", "%s", e.ID)
	line("at", "%s", e.At.Format(time.RFC3339Nano))
	line("what", "%s", e.Kind)
	line("who", "%s", e.Actor)
	if !e.Customer.IsZero() {
		line("customer", "%s", e.Customer)
	}
	if e.Object != "" {
		line("object", "%s", e.Object)
	}
	switch {
	case e.Erased():
		line("details", "erased; only their digest is left")
	case e.Details != nil:
		line("details", "%s", indent(e.Details))
	}
	line("digest", "%x", e.Digest)
	line("leaf", "%d of %d: %s", x.Proof.Leaf, x.Checkpoint.Size, x.LeafHash)
	for i, s := range x.Steps {
		line(fmt.Sprintf("step %d", i+1), "%s + %s = %s (leaves %d to %d)", s.Left, s.Right, s.Gives, s.First, s.Last)
	}
	line("root", "%s, as signed %s by %s (epoch %d)", x.Checkpoint.Root, x.Checkpoint.At.Format(time.RFC3339), x.Checkpoint.Origin, x.Checkpoint.Epoch)
	return b.String()
}

func indent(details json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, details, strings.Repeat(" ", 12), "  ") != nil {
		return string(details)
	}
	return b.String()
}
