package deviceserver

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// call is one message on its way through the checks.
type call struct {
	m      *envelope.Message
	timing envelope.Timing
	newest bool // sealed to the newest key of its suite
	body   []byte
	seal   *envelope.Answerer
	from   companion.Companion // zero where a device enrolls
	to     *envelope.PublicKey // of the answer; nil for a device that has none
}

// message serves POST messages.
func (s *Server) message(w http.ResponseWriter, r *http.Request) {
	began := s.Now()
	kind, outcome := s.handle(w, r)
	s.Observe(kind, outcome, s.Now().Sub(began))
}

// handle answers a message, and says of which kind it was and what became of it.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) (kind, outcome string) {
	kind = "unknown"
	raw, err := s.read(r)
	if err != nil {
		return kind, s.fail(w, r, err)
	}
	defer func() { <-s.room }()
	m, err := envelope.Parse(raw)
	if err != nil {
		return kind, s.fail(w, r, formOf(err))
	}
	answer, outcome, err := s.serve(r.Context(), &call{m: m})
	switch kind = m.Kind.String(); {
	case err != nil:
		return kind, s.fail(w, r, err)
	case len(answer) == 0:
		w.WriteHeader(http.StatusNoContent)
	default:
		write(w, http.StatusOK, "application/octet-stream", answer)
	}
	return kind, outcome
}

// read reads a body, and takes a place in the room, which the caller gives back.
func (s *Server) read(r *http.Request) ([]byte, error) {
	if err := s.source(r); err != nil {
		return nil, err
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/octet-stream" {
		return nil, errMedia
	}
	if r.ContentLength > envelope.MaxBytes {
		return nil, errSize
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, envelope.MaxBytes))
	if most := (*http.MaxBytesError)(nil); errors.As(err, &most) {
		return nil, errSize
	} else if err != nil {
		return nil, errForm
	}
	select {
	case s.room <- struct{}{}:
		return raw, nil
	default:
		return nil, errBusy
	}
}

func formOf(err error) error {
	if errors.Is(err, envelope.ErrSize) {
		return errSize
	}
	return errForm
}

// serve takes a message through the checks that need its keys, and has it answered.
func (s *Server) serve(ctx context.Context, c *call) (answer []byte, outcome string, err error) {
	k, err := s.recipient(ctx, c)
	if err != nil {
		return nil, "", err
	}
	if c.timing = c.m.Timing(s.Now()); c.timing != envelope.Live && (c.timing != envelope.Late || c.m.Kind != envelope.Report) {
		return nil, "", errClock
	}
	if c.m.Kind == envelope.Enroll {
		return s.enroll(ctx, c, k)
	}
	if err := s.authenticate(ctx, c); err != nil {
		return nil, "", err
	}
	if c.body, c.seal, err = c.m.Open(k.Key); err != nil {
		return nil, "", errRefused // it has a signature, and was not sealed to us
	}
	do, err := s.effect(ctx, c)
	if err != nil {
		return s.refuse(ctx, c, err)
	}
	return s.take(ctx, c, do)
}

// recipient finds the key that opens the message.
func (s *Server) recipient(ctx context.Context, c *call) (companion.Recipient, error) {
	k, found, err := s.Recipients.Private(ctx, c.m.Recipient)
	if err == nil && (!found || k.Key.Public().Suite() != c.m.Suite) {
		err = errKey
	}
	if err != nil {
		return k, err
	}
	offered, err := s.Recipients.Offered(ctx)
	for _, o := range offered {
		if o.Key.Public().Suite() == c.m.Suite {
			c.newest = o.Key.Public().ID() == c.m.Recipient
			break
		}
	}
	return k, err
}

// authenticate finds the device and checks its signature.
func (s *Server) authenticate(ctx context.Context, c *call) (err error) {
	if c.from, err = s.Companions.Sender(ctx, ident.ID(c.m.Device)); err != nil {
		if fault.Is(err, "companion.unknown") {
			err = errRefused
		}
		return err
	}
	v, err := s.verifier(c.from)
	if err != nil || !c.m.Verify(v) {
		return errRefused
	}
	if err := s.Sources.Client(c.from.ID, s.Device); err != nil {
		return err
	}
	if len(c.from.Keys.Sealer) > 0 {
		c.to, err = envelope.ReadPublicKey(c.from.Keys.Sealer)
	}
	return err
}

// verifier returns what checks signatures of a device.
func (s *Server) verifier(c companion.Companion) (*envelope.Verifier, error) {
	scheme, known := envelope.ReadScheme(string(c.Keys.Signer))
	key := c.Keys.Verifier
	if known && scheme == envelope.HMAC {
		secret, err := s.Companions.Secret(c)
		if err != nil {
			return nil, err
		}
		key = secret
	}
	return envelope.NewVerifier(scheme, key)
}

// effect makes a part of an answer in the transaction that takes the number.
type effect func(tx *db.Tx, c companion.Companion, a *report.Answer) error

// effect reads the body and says what it will do. Its errors are for the device.
func (s *Server) effect(ctx context.Context, c *call) (effect, error) {
	switch c.m.Kind {
	case envelope.Report:
		return s.batch(c)
	case envelope.Poll:
		return s.plan(c)
	case envelope.Challenge:
		return s.proofs(c)
	case envelope.Devices:
		return s.introduce(c)
	case envelope.Ready:
		return s.ready(c)
	case envelope.Wallet:
		return s.wallet(ctx, c)
	case envelope.Enroll:
	}
	return nil, errForm
}

// take has the message take effect, and seals the answer.
func (s *Server) take(ctx context.Context, c *call, do effect) ([]byte, string, error) {
	m := companion.Message{Epoch: c.m.Epoch, Seq: c.m.Seq, Digest: c.m.Digest()}
	body, out, err := s.Companions.Take(ctx, c.from, m, func(tx *db.Tx, from companion.Companion) ([]byte, error) {
		a := report.Answer{Now: tx.Now.UnixMilli()}
		if err := do(tx, from, &a); err != nil {
			return nil, err
		}
		if err := s.waiting(tx, from, &a); err != nil {
			return nil, err
		}
		return a.Append(nil)
	})
	if err != nil {
		return s.refuse(ctx, c, err)
	}
	switch out {
	case companion.Done, companion.Repeated:
		answer, err := s.sealed(ctx, c, body)
		return answer, string(out), err
	case companion.Altered:
		s.Log.WarnContext(ctx, "a device sent two messages of one number", slog.String("companion", c.from.ID.String()))
		return nil, "", errReplay
	case companion.Stale:
		return nil, "", errReplay
	case companion.Cloned, companion.Idle:
	}
	return nil, "", errRefused
}

// refuse seals why a message was refused; what is no fault of the device is told in the open.
func (s *Server) refuse(ctx context.Context, c *call, err error) ([]byte, string, error) {
	p := report.Problem{}
	var wrong *report.Error
	switch f := fault.From(err); {
	case errors.As(err, &wrong):
		p = report.Problem{Code: "report.body", Detail: wrong.Reason, Field: wrong.Field}
	case f.Kind == fault.Internal, f.Kind == fault.Unavailable, f.Kind == fault.Limited, f.Code == "companion.busy":
		return nil, "", err
	default:
		p = report.Problem{Code: f.Code, Detail: f.Detail, Field: f.Field}
	}
	body, err := (&report.Answer{Now: s.Now().UnixMilli(), Error: &p}).Append(nil)
	if err != nil {
		return nil, "", err
	}
	answer, err := s.sealed(ctx, c, body)
	return answer, p.Code, err
}

// sealed seals the body of an answer. A device without a key for answers gets none.
func (s *Server) sealed(ctx context.Context, c *call, body []byte) ([]byte, error) {
	if c.to == nil {
		return nil, nil
	}
	if !c.newest {
		a, err := report.ReadAnswer(body)
		if err != nil {
			return nil, err
		}
		if a.Keys, err = s.offered(ctx); err != nil {
			return nil, err
		}
		if body, err = a.Append(nil); err != nil {
			return nil, err
		}
	}
	return c.seal.Seal(body, c.to)
}

func milli(t time.Time) int64 { return t.UnixMilli() }
