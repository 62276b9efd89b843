package mssserver

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/mss"
	"github.com/countersign-auth/countersign/ota/applet"
)

// asking is who a provider is to package mobileid.
func asking(p *provider.Provider) mobileid.Provider {
	return mobileid.Provider{Code: p.Code, Name: p.Name, Prefix: p.Prefix, Entitled: p.Entitled, GSM: !p.Unicode, Rate: p.Limit}
}

func by(p *provider.Provider) audit.Actor { return audit.Client(p.ID, p.Code) }

// signature asks a person for a signature.
func (s *Server) signature(ctx context.Context, c *call, q *mss.SignatureRequest) (mss.Message, error) {
	p := &c.provider
	in, order, err := s.compose(c, q)
	if err != nil {
		return nil, err
	}
	t, err := s.Signer.Sign(ctx, by(p), in)
	if err != nil {
		return nil, err
	}
	order.Customer, order.ID, order.Handle, order.Expires = t.Customer, t.ID, t.Handle, t.Expires
	if err := s.Providers.Keep(context.WithoutCancel(ctx), order); err != nil {
		return nil, err
	}
	answer := &mss.SignatureResponse{Base: s.answer(c), TransID: t.Handle, User: q.User, Profile: order.Profile}
	if q.Mode != mss.Synch {
		answer.Status = mss.Status{Code: mss.RequestOK}.Serviced(results(order.Services, t, mss.RequestOK))
		return answer, nil
	}
	if t, err = s.hold(ctx, c, t); err != nil {
		return nil, err
	}
	return answer, fill(t, order, p, &answer.User, &answer.Signed, &answer.Status)
}

// compose judges a request, as far as it can be judged without knowing the person.
func (s *Server) compose(c *call, q *mss.SignatureRequest) (in mobileid.Request, o provider.Order, err error) {
	p := &c.provider
	in = mobileid.Request{Provider: asking(p), Ref: c.base.AP.TransID, Purpose: "signature"}
	profile, err := profileOf(p, q.Profile, q.Comparison)
	if err != nil {
		return in, o, err
	}
	in.Role = profile.role
	if in.User, err = user(q.User); err != nil {
		return in, o, err
	}
	if in.Form, err = formOf(q); err != nil {
		return in, o, err
	}
	if in.TTL, err = s.patience(c, q); err != nil {
		return in, o, err
	}
	if err := contents(&in, q, p, profile); err != nil {
		return in, o, err
	}
	o = provider.Order{Provider: p.ID, TransID: c.base.AP.TransID, Mode: string(q.Mode), Format: q.Format, Profile: profile.uri, User: q.User.MSISDN + q.User.Identifier}
	if o.Services, err = services(&in, q.Services); err != nil {
		return in, o, err
	}
	if err := s.control(&in, q, o.Services); err != nil {
		return in, o, err
	}
	if q.Mode == mss.AsynchServerServer {
		url, registered := p.Callback(c.base.AP.URL)
		if !registered {
			return in, o, mss.Faultf(mss.NoURLFound, 0, "AP_URL is none of the addresses that are registered for the service provider.")
		}
		o.Callback = url
	}
	return in, o, nil
}

// user is who is asked: a number, or the serial number of a person.
func user(u mss.User) (mobileid.User, error) {
	const least, most = 3, 16 // FiCom
	switch {
	case u.MSISDN != "" && u.Identifier != "":
		return mobileid.User{}, mss.Faultf(mss.WrongParam, mss.MalformedUser, "Give MSISDN or UserIdentifier, and not both.")
	case u.Identifier != "":
		return mobileid.User{Person: u.Identifier}, nil
	case u.MSISDN == "":
		return mobileid.User{}, mss.Faultf(mss.MissingParam, mss.MalformedUser, "MobileUser is missing.")
	}
	digits := 0
	for i, r := range u.MSISDN {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r != '+' || i > 0:
			return mobileid.User{}, mss.Faultf(mss.WrongParam, mss.MalformedUser, "MSISDN has digits, and nothing else but a plus sign before them.")
		}
	}
	if digits < least || len(u.MSISDN) > most+1 {
		return mobileid.User{}, mss.Faultf(mss.WrongParam, mss.MalformedUser, "MSISDN has 3 to 16 characters.")
	}
	return mobileid.User{Number: u.MSISDN}, nil
}

func formOf(q *mss.SignatureRequest) (applet.Form, error) {
	if q.Key {
		return 0, mss.Faultf(mss.WrongParam, 0, "KeyReference is not offered: the profile says which key signs.")
	}
	switch q.Format {
	case "", mss.FormatPKCS7, mss.FormatCMS:
		return applet.Attributed, nil
	case mss.FormatPKCS1, mss.FormatPKCS1Kiuru:
		return applet.Plain, nil
	}
	return 0, mss.Faultf(mss.WrongParam, mss.WrongFormat, "MSS_Format is PKCS7, CMS-Signature or PKCS1.")
}

// leastTTL is the shortest time that a person gets: a message is underway for some of it.
const leastTTL = 30 * time.Second

// patience is how long the person has: TimeOut and ValidityDate, whichever ends sooner, within
// what the policies allow. TimeOut is a wish, which is raised to the shortest time; a request never outlives
// its ValidityDate.
func (s *Server) patience(c *call, q *mss.SignatureRequest) (time.Duration, error) {
	usual, most := s.Times()
	ttl := q.TimeOut
	if ttl == 0 {
		ttl = usual
	}
	if !q.Valid.IsZero() {
		left := q.Valid.Sub(c.now)
		if left < leastTTL {
			return 0, mss.Faultf(mss.ValidityDatePassed, 0, "ValidityDate has passed, or leaves the person less than %d seconds.", int(leastTTL.Seconds()))
		}
		ttl = min(ttl, left)
	}
	return max(leastTTL, min(ttl, most)).Truncate(time.Second), nil
}

// fill completes an answer with what became of a transaction.
func fill(t mobileid.Transaction, o provider.Order, p *provider.Provider, u *mss.User, signed *mss.Signed, status *mss.Status) error {
	code, err := outcome(t, p)
	if err != nil {
		return err
	}
	*status = mss.Status{Code: code}.Serviced(results(o.Services, t, code))
	if code == mss.OutstandingTransaction {
		return nil
	}
	if t.Form == applet.Plain {
		*signed = mss.Signed{PKCS1: t.Signature, Certificate: t.Certificate}
	} else {
		*signed = mss.Signed{CMS: t.CMS}
	}
	if x, err := x509.ParseCertificate(t.Certificate); err == nil {
		u.Identifier = x.Subject.SerialNumber // the person, whatever number they have
	}
	return nil
}
