package mssserver

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/internal/telemetry"
	"github.com/countersign-auth/countersign/mss"
)

// call is one request on its way.
type call struct {
	*http.Request

	w        http.ResponseWriter
	envelope *mss.Envelope
	base     mss.Base
	provider provider.Provider
	now      time.Time
	source   string
}

// refusal is an answer in HTTP alone.
type refusal struct {
	status int
	text   string
	after  time.Duration // when to come back; 0 for no word about it
}

// Error implements error.
func (r *refusal) Error() string { return r.text }

// serve answers one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	began := s.Now()
	c := &call{Request: r, w: w, envelope: &mss.Envelope{}, now: began}
	answer, err := s.process(r.Context(), c)
	code := 0
	if no := (*refusal)(nil); errors.As(err, &no) {
		if no.after > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int((no.after+time.Second-1)/time.Second)))
		}
		http.Error(w, no.text, no.status)
	} else if err != nil {
		f := s.explain(r.Context(), c, err)
		code = f.Code
		s.write(w, c.envelope.Dialect, http.StatusInternalServerError, f.Write(c.envelope.Dialect))
	} else {
		code = codeOf(answer)
		reply := &mss.Envelope{Operation: c.envelope.Operation, Dialect: c.envelope.Dialect, Message: answer}
		s.write(w, reply.Dialect, http.StatusOK, reply.WriteResponse())
	}
	if s.Observe != nil {
		s.Observe(string(c.envelope.Operation), code, s.Now().Sub(began))
	}
}

func (s *Server) write(w http.ResponseWriter, d mss.Dialect, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", d.Media())
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// process reads a request and does what it asks for, in the order of the package comment.
func (s *Server) process(ctx context.Context, c *call) (mss.Message, error) {
	source := client.Source(c.RemoteAddr, c.Header.Values("X-Forwarded-For"), s.Proxies)
	c.source = source.String()
	if err := s.Limiter.Source(source); err != nil {
		return nil, &refusal{http.StatusTooManyRequests, "Too many requests come from this address.", fault.From(err).RetryAfter}
	}
	media, body, err := s.read(c)
	if err != nil {
		return nil, err
	}
	if c.envelope, err = mss.ReadRequest(media, body); err != nil {
		return nil, err
	}
	if c.envelope.Roaming {
		return nil, mss.Faultf(mss.PeerUnavailable, 0, "Roaming is not offered: send the request to the person's own service.")
	}
	return s.dispatch(ctx, c)
}

// read reads the body of a request. What Content-Encoding says is not looked at: a client of
// JSON puts the name of a character set there.
func (s *Server) read(c *call) (media string, body []byte, err error) {
	media, _, err = mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || media != mss.MediaSOAP && media != mss.MediaXML && media != mss.MediaJSON {
		return "", nil, &refusal{status: http.StatusUnsupportedMediaType, text: "Messages are application/soap+xml, text/xml or application/json."}
	}
	body, err = io.ReadAll(http.MaxBytesReader(nil, c.Body, s.MaxBody))
	if most := (*http.MaxBytesError)(nil); errors.As(err, &most) {
		return "", nil, &refusal{status: http.StatusRequestEntityTooLarge, text: "The message is too large."}
	} else if err != nil {
		return "", nil, &refusal{status: http.StatusBadRequest, text: "The message did not arrive whole."}
	}
	return media, body, nil
}

// dispatch lets a provider in and does what it asks for.
func (s *Server) dispatch(ctx context.Context, c *call) (mss.Message, error) {
	var do func() (mss.Message, error)
	switch m := c.envelope.Message.(type) {
	case *mss.SignatureRequest:
		c.base, do = m.Base, func() (mss.Message, error) { return s.signature(ctx, c, m) }
	case *mss.StatusRequest:
		c.base, do = m.Base, func() (mss.Message, error) { return s.status(ctx, c, m) }
	case *mss.ReceiptRequest:
		c.base, do = m.Base, func() (mss.Message, error) { return s.receipt(ctx, c, m) }
	case *mss.ProfileRequest:
		c.base, do = m.Base, func() (mss.Message, error) { return s.profile(ctx, c, m) }
	case *mss.HandshakeRequest:
		c.base, do = m.Base, func() (mss.Message, error) { return s.handshake(c, m) }
	case *mss.RegistrationRequest:
		c.base, do = m.Base, func() (mss.Message, error) { return s.registration(ctx, c, m) }
	default:
		return nil, mss.Faultf(mss.WrongParam, 0, "This is no message of a service provider.")
	}
	if err := s.admit(ctx, c); err != nil {
		return nil, err
	}
	return do()
}

// clock is how far the clocks of providers may be away.
const clock = 10 * time.Minute

// admit lets a provider in.
func (s *Server) admit(ctx context.Context, c *call) error {
	cred := provider.Credentials{Code: c.base.AP.ID, Password: string(c.base.AP.Password), Source: c.source}
	if c.TLS != nil && len(c.TLS.PeerCertificates) > 0 {
		cred.Pin = sha256.Sum256(c.TLS.PeerCertificates[0].RawSubjectPublicKeyInfo)
	}
	if cred.Password == "" {
		return mss.Faultf(mss.MissingParam, 0, "AP_PWD is missing.")
	}
	p, err := s.Providers.Authenticate(ctx, cred)
	if err != nil {
		return err
	}
	c.provider = p
	if err := s.Limiter.Client(p.ID, client.Rate{PerSecond: p.Rate, Burst: p.Burst}); err != nil {
		return &refusal{http.StatusTooManyRequests, "The service provider sends more requests than it is allowed.", fault.From(err).RetryAfter}
	}
	switch off := c.now.Sub(c.base.AP.Instant); {
	case c.base.Major != 1 && c.base.Major != 2:
		return mss.Faultf(mss.IncompatibleInterf, 0, "Messages have MajorVersion 1 or 2.")
	case off > clock || off < -clock:
		return mss.Faultf(mss.WrongParam, 0, "Instant is more than ten minutes away; it is %s here.", c.now.UTC().Format(time.RFC3339))
	case len(c.base.AP.TransID) > p.TransID:
		return mss.Faultf(mss.WrongParam, 0, "AP_TransID has more than %d characters.", p.TransID)
	}
	return nil
}

// answer is what all answers to a call have.
func (s *Server) answer(c *call) mss.Base {
	ap := c.base.AP
	ap.Password, ap.URL = "", ""
	return mss.Base{Major: c.base.Major, Minor: c.base.Minor, AP: ap, MSSP: mss.Server{ID: mss.Member{URI: s.ID}, Instant: c.now}}
}

// codeOf is the status code of an answer.
func codeOf(m mss.Message) int {
	switch m := m.(type) {
	case *mss.SignatureResponse:
		return m.Status.Code
	case *mss.StatusResponse:
		return m.Status.Code
	case *mss.ReceiptResponse:
		return m.Status.Code
	case *mss.ProfileResponse:
		return m.Status.Code
	case *mss.RegistrationResponse:
		return m.Status.Code
	}
	return mss.RequestOK
}

// explain is the fault of an error.
func (s *Server) explain(ctx context.Context, c *call, err error) *mss.Fault {
	f := faultOf(err, c.provider.Entitled)
	if f.Code == mss.InternalError {
		s.Log.ErrorContext(ctx, "a request of a service provider failed", slog.String("operation", string(c.envelope.Operation)), telemetry.Err(err))
	}
	return f
}
