package foureyes

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// State says what became of a proposal.
type State string

// States of a proposal; the transitions are in the package comment.
const (
	Open      State = "open"
	Approved  State = "approved"
	Running   State = "running"
	Executed  State = "executed"
	Rejected  State = "rejected"
	Withdrawn State = "withdrawn"
	Failed    State = "failed"
	Expired   State = "expired" // derived: no row says so
)

// States lists all states.
func States() []State {
	return []State{Open, Approved, Running, Executed, Rejected, Withdrawn, Failed, Expired}
}

// MaxPayload bounds a payload, in bytes: a bulk act on tens of thousands of tokens
// fits.
const MaxPayload = 4 << 20

// maxWords bounds reasons and notes, in characters.
const maxWords = 500

// Digest is the SHA-256 of act and payload.
type Digest [sha256.Size]byte

// String returns the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// ParseDigest reads what String gave.
func ParseDigest(s string) (d Digest, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(d) {
		return d, fault.Invalidf("foureyes.digest", "This is no digest of a proposal.").WithField("/digest").WithCause(err)
	}
	return Digest(b), nil
}

// MarshalText is String.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// digestOf is the digest of a proposal's act and payload. No act contains a zero byte.
func digestOf(act policy.Act, payload []byte) Digest {
	h := sha256.New()
	h.Write(append([]byte(act), 0))
	h.Write(payload)
	return Digest(h.Sum(nil))
}

// Canonical writes a payload: JSON without white space, fields in the order of
// their declaration. It panics for what cannot be written, a mistake in the program.
func Canonical(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("foureyes: a payload cannot be written: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Proposal is an act that somebody proposed.
type Proposal struct { //nolint:recvcheck // scan fills it, the rest only look
	ID       ident.ID        `json:"id"`
	Act      policy.Act      `json:"act"`
	Payload  json.RawMessage `json:"payload,omitzero"` // canonical bytes; JSON; nil in lists
	Digest   Digest          `json:"digest"`
	Base     int64           `json:"base"` // version of the policies that it was made against
	Reason   string          `json:"reason"`
	Proposer audit.Actor     `json:"proposer"`
	Created  time.Time       `json:"created_at"`
	Expires  time.Time       `json:"expires_at"`
	State    State           `json:"state"`
	Decider  audit.Actor     `json:"decider,omitzero"` // who approved or rejected; zero while open
	Decided  time.Time       `json:"decided_at,omitzero"`
	Note     string          `json:"note,omitempty"`  // what the decider said
	Runner   audit.Actor     `json:"runner,omitzero"` // who had it carried out
	Ended    time.Time       `json:"ended_at,omitzero"`
	Outcome  string          `json:"outcome,omitempty"` // why it failed
}

const columns = "id, act, payload, digest, base, reason, proposer, created_at, expires_at, state, decider, decided_at, note, runner, ended_at, outcome"

// light are the columns without the payload, which may be megabytes.
const light = "id, act, CAST(NULL AS BYTEA), digest, base, reason, proposer, created_at, expires_at, state, decider, decided_at, note, runner, ended_at, outcome"

// scan reads a row of columns or light and derives what no row says.
func (p *Proposal) scan(r db.Row, now time.Time) error {
	var payload []byte
	var proposer, decider, runner string
	err := r.Scan(&p.ID, &p.Act, &payload, &p.Digest, &p.Base, &p.Reason, &proposer, &p.Created, &p.Expires, &p.State, &decider, &p.Decided, &p.Note, &runner, &p.Ended, &p.Outcome)
	if err != nil {
		return err
	}
	p.Payload = payload
	if !p.Expires.After(now) && (p.State == Open || p.State == Approved) {
		p.State = Expired
	}
	for into, text := range map[*audit.Actor]string{&p.Proposer: proposer, &p.Decider: decider, &p.Runner: runner} {
		if text == "" {
			continue
		}
		if *into, err = audit.ParseActor(text); err != nil {
			return err
		}
	}
	return nil
}

// find returns a proposal; the fault "foureyes.unknown" when there is none.
func find(tx *db.Tx, id ident.ID) (p Proposal, err error) {
	err = p.scan(tx.Row("SELECT "+columns+" FROM proposal WHERE id = $1", id), tx.Now)
	if errors.Is(err, db.ErrNoRow) {
		return Proposal{}, fault.NotFoundf("foureyes.unknown", "There is no such proposal.")
	}
	return p, err
}

// record leaves the audit record of a transition.
func (p Proposal) record(tx *db.Tx, kind string, by audit.Actor, words string) {
	details := map[string]any{"act": p.Act, "payload_sha256": p.Digest, "base": p.Base}
	if words != "" {
		details["reason"] = words
	}
	audit.Record(tx, audit.Event{Kind: kind, By: by, Object: Object(p.ID), Details: details})
}

// Object names a proposal in the audit log.
func Object(id ident.ID) string { return "proposal:" + id.String() }

// words gives a reason or note its form: one line of at most 500 characters.
func words(s, field string, needed bool) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if s == "" && needed {
		return "", fault.Invalidf("foureyes.reason", "Say why: whoever decides should know, and so should those who read the log.").WithField("/" + field)
	}
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxWords || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return "", fault.Invalidf("foureyes.reason", "A reason has at most %d printable characters.", maxWords).WithField("/" + field)
	}
	return s, nil
}
