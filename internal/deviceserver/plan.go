package deviceserver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
)

// plan answers a poll: when to look and report, for whom, and what to ask.
func (s *Server) plan(c *call) (effect, error) {
	in, err := report.Read[report.Inquiry](c.body)
	if err != nil {
		return nil, err
	}
	return func(tx *db.Tx, from companion.Companion, a *report.Answer) (err error) {
		p := &report.Plan{Look: int(s.Look.Seconds()), Report: int(s.Report.Seconds()), Salt: s.Companions.Salt(from)}
		var hints []companion.Hint
		looks := from.May(companion.HubRole) || from.May(companion.Primary) // others report of themselves: the list resolves the addresses of all that its owner carries
		if looks {
			if hints, err = s.Companions.Known(tx, from); err != nil {
				return err
			}
		}
		for _, h := range hints {
			p.Watch = append(p.Watch, watch(h, p.Salt))
		}
		if p.Name, err = nameOf(p); err != nil {
			return err
		}
		if p.Same = in.Plan == p.Name; p.Same {
			p.Salt, p.Watch = nil, nil
		}
		if looks {
			p.Ask, err = s.questions(tx, from)
		}
		a.Plan = p
		return err
	}, nil
}

// nameOf names a plan by what it says.
func nameOf(p *report.Plan) (string, error) {
	b, err := json.Marshal(p)
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:8]), err
}

// watch tells how to recognize a device, without what identifies it to anybody else.
func watch(h companion.Hint, salt []byte) report.Watch {
	w := report.Watch{Number: h.Number, Kind: string(h.Kind)}
	for _, i := range h.Identifiers {
		n := report.WatchName{Kind: string(i.Kind)}
		if key, err := hex.DecodeString(i.Value); i.Kind == companion.IRK && err == nil {
			n.Key = key // addresses that rotate are resolved with it, so a hash would be of no use
		} else {
			n.Hash = hashOf(salt, n.Kind, i.Value)
		}
		w.Identifiers = append(w.Identifiers, n)
	}
	return w
}

// hashOf is what a primary compares.
func hashOf(salt []byte, kind, value string) []byte {
	m := hmac.New(sha256.New, salt)
	m.Write([]byte(kind + "\x00" + value))
	return m.Sum(nil)[:16]
}

// questions asks each device with keys whether it is there.
func (s *Server) questions(tx *db.Tx, from companion.Companion) (all []report.Ask, err error) {
	household, err := companion.Of(tx, from.Customer)
	for _, c := range household {
		if c.ID == from.ID || c.Status != device.Active || !c.Reports() {
			continue
		}
		all = append(all, report.Ask{Device: c.Number, Nonce: s.Companions.Question(from, c.Number, tx.Now), Until: milli(tx.Now.Add(companion.QuestionLife))})
	}
	return all, err
}

// introduce registers secondaries that a primary tells of.
func (s *Server) introduce(c *call) (effect, error) {
	in, err := report.Read[report.Introduction](c.body)
	if err != nil {
		return nil, err
	}
	if err := in.Check(); err != nil {
		return nil, err
	}
	for _, t := range in.Add {
		if t.Keys == nil || len(t.Keys.Sealer) == 0 {
			continue
		}
		if _, err := envelope.ReadPublicKey(t.Keys.Sealer); err != nil {
			return nil, fault.Invalidf("companion.keys", "The key that answers are sealed to is none.").WithField("/keys/sealer")
		}
	}
	return func(tx *db.Tx, from companion.Companion, a *report.Answer) error {
		for _, t := range in.Add {
			n, added, err := s.Companions.Name(tx, from, companion.Thing{
				Kind: companion.Kind(t.Kind), Group: companion.Group(t.Group), Name: t.Name, Model: t.Model, Can: words[companion.Capability](t.Can), Identifiers: identifiersOf(t.Identifiers), Keys: keysOf(t.Keys),
			})
			if err != nil {
				return err
			}
			a.Named = append(a.Named, report.Named{Number: n.Number, Device: n.Requestor[:], Added: added, Counts: milli(n.Counts), Class: string(n.Class)})
		}
		return nil
	}, nil
}

// ready answers whether the transaction application may become active by itself.
func (s *Server) ready(c *call) (effect, error) {
	in, err := report.Read[report.Wish](c.body)
	if err != nil {
		return nil, err
	}
	if err := in.Check(); err != nil {
		return nil, err
	}
	if err := s.on(); err != nil {
		return nil, err
	}
	if !c.from.May(companion.Primary) {
		return nil, fault.Deniedf("companion.role", "This device makes no transactions: it has no transaction application, or its owner does not let it.")
	}
	return func(tx *db.Tx, from companion.Companion, a *report.Answer) error {
		ready, err := s.Interactions.Ready(tx, from)
		if err != nil {
			return err
		}
		a.Ready = &ready
		return nil
	}, nil
}

// on refuses what only a judgment by interactions needs.
func (s *Server) on() error {
	if s.Interactions == nil {
		return fault.Deniedf("interaction.off", "This bank does not judge by interactions: send no reports.")
	}
	return nil
}
