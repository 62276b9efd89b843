package deviceserver

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
)

// enroll registers the device that sends the message. The message brings the key that signed it, so it is opened first.
func (s *Server) enroll(ctx context.Context, c *call, k companion.Recipient) (answer []byte, outcome string, err error) {
	if c.body, c.seal, err = c.m.Open(k.Key); err != nil {
		return nil, "", errRefused
	}
	in, err := report.Read[report.Enrollment](c.body)
	if err != nil {
		return nil, "", errForm // nobody is known yet to whom more could be said
	}
	keys := keysOf(&in.Keys)
	if c.to, err = envelope.ReadPublicKey(keys.Sealer); err != nil {
		return nil, "", errForm
	}
	scheme, _ := envelope.ReadScheme(in.Keys.Scheme)
	v, err := envelope.NewVerifier(scheme, append(append([]byte(nil), keys.Verifier...), keys.Secret...))
	if err != nil || !c.m.Verify(v) {
		return nil, "", errRefused
	}
	from, err := s.Companions.Enroll(ctx, in.Code, companion.Thing{Name: in.Name, Model: in.Model, Can: words[companion.Capability](in.Can), Identifiers: identifiersOf(in.Identifiers), Keys: keys})
	if err != nil {
		return s.refuse(ctx, c, err)
	}
	body, err := (&report.Answer{Now: milli(s.Now()), Enrolled: &report.Enrolled{Device: from.Requestor[:], Number: from.Number, Counts: milli(from.Counts)}}).Append(nil)
	if err != nil {
		return nil, "", err
	}
	answer, err = s.sealed(ctx, c, body)
	return answer, "enrolled", err
}

// keysOf are keys as the registry has them; none for nil.
func keysOf(k *report.Keys) companion.Keys {
	if k == nil {
		return companion.Keys{}
	}
	return companion.Keys{Signer: companion.Signer(k.Scheme), Verifier: k.Verifier, Secret: k.Secret, Sealer: k.Sealer}
}

func identifiersOf(all []report.Identifier) (out []companion.Identifier) {
	for _, i := range all {
		out = append(out, companion.Identifier{Kind: companion.IdentifierKind(i.Kind), Value: i.Value})
	}
	return out
}

func words[T ~string](all []string) (out []T) {
	for _, w := range all {
		out = append(out, T(w))
	}
	return out
}

// offered lists the keys to which devices may seal.
func (s *Server) offered(ctx context.Context) (out []report.Key, err error) {
	all, err := s.Recipients.Offered(ctx)
	for _, k := range all {
		out = append(out, report.Key{Key: k.Key.Public().Bytes(), Until: milli(k.SealUntil)})
	}
	return out, err
}

// openKey is a key as GET keys has it.
type openKey struct {
	Suite string `json:"suite"`
	Key   []byte `json:"key"`
	Until int64  `json:"until"`
}

// keys serves GET keys. The keys are public, and the same for all devices.
func (s *Server) keys(w http.ResponseWriter, r *http.Request) {
	if err := s.source(r); err != nil {
		s.fail(w, r, err)
		return
	}
	all, err := s.Recipients.Offered(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := struct {
		Now  int64     `json:"now"`
		Keys []openKey `json:"keys"`
	}{Now: milli(s.Now())}
	for _, k := range all {
		p := k.Key.Public()
		out.Keys = append(out.Keys, openKey{p.Suite().String(), p.Bytes(), milli(k.SealUntil)})
	}
	body, _ := json.Marshal(out) // octets and numbers always marshal
	write(w, http.StatusOK, "application/json", body)
}
