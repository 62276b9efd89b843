package policy

import (
	"errors"
	"slices"

	"github.com/countersign-auth/countersign/internal/payment"
)

// PurposePayment is the purpose of a journey that a payment belongs to. No other
// journey has one.
const PurposePayment = "payment"

// Use says what a right proof of a policy means.
type Use string

// The uses.
const (
	UseCode Use = "code" // the customer is there
	UseSign Use = "sign" // the customer agrees to exactly one payment
)

// Profile returns the signing profile with the given code.
func (s *Set) Profile(code string) (payment.Profile, bool) {
	for _, p := range s.Signing {
		if p.Code == code {
			return p, true
		}
	}
	return payment.Profile{}, false
}

// ProfileOf returns the profile by which tokens of the model sign; false when it
// signs nothing.
func (s *Set) ProfileOf(model string) (payment.Profile, bool) {
	x, known := s.Model(model)
	if !known {
		return payment.Profile{}, false
	}
	return s.Profile(x.Signing)
}

// Signs reports whether any one of the policies of a step is of use sign, and
// whether all of them are.
func (s *Set) Signs(step []string) (anyOf, all bool) {
	all = len(step) > 0
	for _, code := range step {
		p, _ := s.Policy(code)
		anyOf = anyOf || p.Use == UseSign
		all = all && p.Use == UseSign
	}
	return anyOf, all
}

// Linked reports whether every way of a journey of purpose payment has a step that nothing but
// a signature completes: otherwise a code could pass that is not specific to amount and
// payee (Delegated Regulation (EU) 2018/389, article 5(1)(b)).
func (s *Set) Linked(j Journey) bool {
	return j.Purpose != PurposePayment || !slices.ContainsFunc(j.All(), func(w Way) bool { return !s.linked(w) })
}

func (s *Set) linked(w Way) bool {
	return slices.ContainsFunc(w.Steps, func(step []string) bool {
		_, all := s.Signs(step)
		return all
	})
}

// validateSigning names the mistakes in what is said about signatures.
func (s *Set) validateSigning(m *mistakes) {
	seen := map[string]bool{"": true}
	for _, p := range s.Signing {
		m.check(plain(p.Code) && !seen[p.Code], "signing: the code %q is empty, not printable or used twice", p.Code)
		seen[p.Code] = true
		err := p.Validate()
		m.check(err == nil, "signing profile %s: %v", p.Code, err)
	}
	for _, p := range s.Policies {
		m.check(p.Use == UseCode || p.Use == UseSign, "policy %s: use is %q; it must be code or sign", p.Code, p.Use)
	}
	for _, x := range s.Models {
		signs, _ := s.Signs(x.Policies)
		m.check(seen[x.Signing], "model %s: names the unknown signing profile %q", x.Code, x.Signing)
		m.check(signs == (x.Signing != ""), "model %s: a signing profile and a policy of use sign go together: give it both or neither", x.Code)
	}
	for _, j := range s.Journeys {
		signs, _ := s.Signs(j.Risk.StepUp)
		m.check(!signs || j.Purpose == PurposePayment, "%s: risk.step_up asks for a signature, and there is no payment to sign", j.at(0))
		for n, w := range j.All() {
			for i, step := range w.Steps {
				signs, _ := s.Signs(step)
				m.check(!signs || j.Purpose == PurposePayment, "%s: step %d asks for a signature, and there is no payment to sign", j.at(n), i+1)
			}
		}
	}
}

// acceptable reads a document that is to become a new version.
func acceptable(doc []byte) error {
	s, err := Parse(doc)
	if err != nil {
		return err
	}
	var m mistakes
	s.validateNew(&m)
	return errors.Join(m...)
}

// validateNew names what a new document may not say any more. Documents that were
// stored before signatures existed stay readable; the hub refuses their journeys.
func (s *Set) validateNew(m *mistakes) {
	s.validateSecrets(m)
	for _, j := range s.Journeys {
		m.check(s.Linked(j), "journey %s on %s: no step takes signatures only, so that codes would do which are not specific to the payment: add a step with policies of use sign", j.Purpose, j.Channel)
	}
}

// completeSigning gives policies and profiles what they do not mention.
func (s *Set) completeSigning() {
	for i := range s.Policies {
		if p := &s.Policies[i]; p.Use == "" {
			p.Use = UseCode
		}
	}
	for i := range s.Signing {
		if p := &s.Signing[i]; p.Length == 0 {
			p.Length = payment.MaxQuestion
		}
	}
}
