package mssserver

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/mss"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Registrar registers people for mobile ID on the word of a provider that identifies them.
type Registrar interface {
	// Registered returns the mobile ID that a customer of the bank has, or had last, under a number;
	// false when there is none.
	Registered(ctx context.Context, customerNumber, number string) (Enrolled, bool, error)
	// Register orders one. The provider vouches for who the person is.
	Register(ctx context.Context, by audit.Actor, customerNumber, number string) (Enrolled, error)
}

// Enrolled is a registration as its registrar may know it.
type Enrolled struct {
	State        mobileid.State
	Changed      time.Time
	Control      string // that the person types on the phone; "" for none
	Certificates []mobileid.Certificate
}

// fresh is how long a registration that has failed is told before the same request orders
// another one.
const fresh = 10 * time.Minute

// registration orders keys on a person's SIM, or says what became of an order: the same request
// again looks. MSISDN is the number, UserIdentifier the bank's number of the customer.
func (s *Server) registration(ctx context.Context, c *call, q *mss.RegistrationRequest) (mss.Message, error) {
	p := &c.provider
	switch {
	case !p.Registrar || s.Registrar == nil:
		return nil, mss.Faultf(mss.UnauthorizedAccess, 0, "The service provider may not register people.")
	case q.User.MSISDN == "" || q.User.Identifier == "":
		return nil, mss.Faultf(mss.MissingParam, mss.MalformedUser, "A registration needs MSISDN, and the bank's number of the customer as UserIdentifier.")
	}
	if _, err := user(mss.User{MSISDN: q.User.MSISDN}); err != nil {
		return nil, err
	}
	e, found, err := s.Registrar.Registered(ctx, q.User.Identifier, q.User.MSISDN)
	if err != nil {
		return nil, err
	}
	ended := found && (e.State == mobileid.StateFailed || e.State == mobileid.StateRefused)
	if !found || e.State == mobileid.StateRevoked || ended && c.now.Sub(e.Changed) > fresh {
		if e, err = s.Registrar.Register(ctx, by(p), q.User.Identifier, q.User.MSISDN); err != nil {
			return nil, err
		}
	}
	return s.enrolled(c, e)
}

// enrolled is the answer about a registration.
func (s *Server) enrolled(c *call, e Enrolled) (mss.Message, error) {
	answer := &mss.RegistrationResponse{Base: s.answer(c)}
	switch {
	case e.State.Registering():
		answer.Status.Code = mss.RequestOK
		if e.Control != "" {
			answer.Status = answer.Status.Serviced([]mss.ServiceResult{{Description: mss.ServiceControl, Code: mss.RequestOK, Message: e.Control}})
		}
		return answer, nil
	case e.State == mobileid.StateRefused:
		return nil, mss.Faultf(mss.RegistrationNOK, mss.RegistrationCard, "The person does not want it.")
	case e.State != mobileid.StateActive:
		return nil, mss.Faultf(mss.RegistrationNOK, mss.RegistrationCard, "The registration did not succeed, or was suspended.")
	}
	answer.Status.Code = mss.RegistrationOK
	for _, x := range e.Certificates {
		parsed, err := x509.ParseCertificate(x.DER)
		if err == nil && x.Role == applet.Signing {
			answer.Certificate, answer.PublicKey = x.DER, parsed.RawSubjectPublicKeyInfo
		}
	}
	return answer, nil
}
