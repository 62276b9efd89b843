package mssserver

import (
	"context"
	"crypto/x509"
	"slices"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/mss"
)

// profile says which profiles a number has. To providers that are not entitled to know, every number has
// those that they may ask for: what would tell numbers apart is left out.
func (s *Server) profile(ctx context.Context, c *call, q *mss.ProfileRequest) (mss.Message, error) {
	p := &c.provider
	u, err := user(q.User)
	if err != nil {
		return nil, err
	}
	answer := &mss.ProfileResponse{Base: s.answer(c), Status: mss.Status{Code: mss.RequestOK}}
	if !p.Entitled {
		for _, known := range profiles {
			if p.Allows(known.uri) {
				answer.Profiles = append(answer.Profiles, known.uri)
			}
		}
		return answer, nil
	}
	found, err := s.Signer.ProfileOf(ctx, asking(p), u)
	if fault.Is(err, "mobileid.unknown") {
		return nil, mss.Faultf(mss.UnknownClient, mss.UnknownUser, "Nobody has a mobile ID under this number.")
	} else if err != nil {
		return nil, err
	}
	for _, x := range found.Certificates {
		answer.Profiles = append(answer.Profiles, ofRole(p, x.Role)...)
	}
	answer.Status = answer.Status.WithCard(card(found, q.Params))
	return answer, nil
}

// card is what was asked for of a SIM. Without parameters it is the state alone; the PIN is told of as the
// card last said.
func card(found mobileid.Profile, params []string) mss.Card {
	c := mss.Card{State: map[mobileid.State]string{mobileid.StateActive: "ACTIVE", mobileid.StateSuspended: "SUSPENDED", mobileid.StateRevoked: "INACTIVE"}[found.State]}
	if c.State == "" {
		c.State = "REGISTERING"
	}
	if slices.Contains(params, "pinstatus") && found.Status != nil {
		blocked := slices.ContainsFunc(found.Status.Keys, func(k mobileid.CardKey) bool { return k.Algorithm != "" && k.Tries == 0 })
		c.PINBlocked = &blocked
	}
	if !slices.Contains(params, "certs") {
		return c
	}
	for _, x := range found.Certificates {
		parsed, err := x509.ParseCertificate(x.DER)
		if err != nil {
			continue // it is not one that anybody could use
		}
		c.Certificates = append(c.Certificates, mss.CardCertificate{DER: x.DER, Subject: parsed.Subject.String(), State: c.State, Algorithm: parsed.PublicKeyAlgorithm.String()})
	}
	return c
}
