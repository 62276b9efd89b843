package dskppserver

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
)

// openFor is how long a run waits for the phone's next message.
const openFor = 10 * time.Minute

// exchange is one request and what came of it.
type exchange struct {
	attempt mobiletoken.Attempt // the last one; zero when none was made
	keyID   string              // of the new key
	freeUp  func()
}

// turn waits for a turn at the key derivation, once.
func (x *exchange) turn(ctx context.Context, l *line) (err error) {
	if x.freeUp == nil {
		x.freeUp, err = l.take(ctx)
	}
	return err
}

// end gives the turn back.
func (x *exchange) end() {
	if x.freeUp != nil {
		x.freeUp()
		x.freeUp = nil
	}
}

// stored is the body of a session. The application is part of it: a run goes on where it
// began.
type stored struct {
	Application string        `json:"application"`
	Run         dskpp.Session `json:"run"`
}

// answer answers a request and keeps what it must. Whoever loses a race looks again: the run
// has an answer by then, or its code is used.
func (s *Server) answer(ctx context.Context, app policy.Application, r *dskpp.Request, x *exchange) (*dskpp.Reply, error) {
	const looks = 4
	keys, err := s.keys.get(ctx)
	if err != nil {
		return nil, err
	}
	for range looks {
		was, open, err := s.load(ctx, app, r)
		if err != nil {
			return nil, err
		}
		reply, err := s.engine(app, x, keys).Answer(ctx, r, open)
		if err != nil {
			return nil, err
		}
		kept, err := s.keep(ctx, app, r, reply, was, x)
		if err != nil || kept {
			return reply, err
		}
	}
	return nil, errors.New("dskppserver: other requests of this run were faster again and again")
}

// load finds the run that a request belongs to: by its session, or by the octets of a hello
// of two passes that was sent before. It is nil when there is none.
func (s *Server) load(ctx context.Context, app policy.Application, r *dskpp.Request) (was mobiletoken.Session, open *dskpp.Session, err error) {
	var found bool
	switch {
	case r.SessionID() != "":
		was, found, err = s.Desk.Session(ctx, r.SessionID())
	case r.Hello != nil:
		was, found, err = s.Desk.SessionByDigest(ctx, r.Digest())
	}
	if err != nil || !found {
		return mobiletoken.Session{}, nil, err
	}
	var b stored
	if err := json.Unmarshal(was.Body, &b); err != nil {
		return mobiletoken.Session{}, nil, fmt.Errorf("dskppserver: the stored run %s: %w", was.ID, err)
	}
	if b.Application != app.Code {
		return mobiletoken.Session{}, nil, nil
	}
	return was, &b.Run, nil
}

// keep stores what came of a request, before it is answered; false when another request was
// faster.
func (s *Server) keep(ctx context.Context, app policy.Application, r *dskpp.Request, reply *dskpp.Reply, was mobiletoken.Session, x *exchange) (bool, error) {
	switch {
	case reply.Repeated:
		return true, nil
	case reply.Ended != "":
		return s.Desk.Abort(ctx, reply.Ended) // false: the same request, sent again, was faster
	case reply.Session == nil:
		return s.alone(ctx, r, x)
	}
	next, isNew := was, was.ID == ""
	if isNew {
		next = mobiletoken.Session{ID: reply.Session.ID, Digest: r.Digest()}
	}
	if reply.Pending == nil {
		// Two phones say the same in the first of four passes, and are two runs: this one
		// is found by its session alone.
		next.Digest = sha256.Sum256([]byte("run " + next.ID))
	}
	var err error
	if next.Body, err = json.Marshal(stored{app.Code, *reply.Session}); err != nil {
		return false, err
	}
	next.Expires = s.Now().Add(openFor)
	if reply.Pending == nil {
		return s.Desk.Open(ctx, next)
	}
	next.Expires = s.Now().Add(max(openFor, app.Activation.Confirm))
	return s.provision(ctx, reply.Pending, next, isNew, x)
}

// alone reports whether a request that was refused is no repetition of one that has begun a run
// in the meantime.
func (s *Server) alone(ctx context.Context, r *dskpp.Request, x *exchange) (bool, error) {
	if r.Hello == nil || x.attempt.ClientID == "" {
		return true, nil
	}
	_, found, err := s.Desk.SessionByDigest(ctx, r.Digest())
	return !found, err
}

// provision uses the code up, and keeps key and answer with it.
func (s *Server) provision(ctx context.Context, p *dskpp.Pending, next mobiletoken.Session, isNew bool, x *exchange) (bool, error) {
	_, done, err := s.Desk.Provision(ctx, mobiletoken.Provisioned{
		ClientID: p.ClientID, Key: p.Key.Key.Secret.Bytes(), KeyID: x.keyID, Moved: x.attempt.Move != nil, Session: next, New: isNew,
	})
	if fault.Is(err, "mobiletoken.session") || fault.Is(err, "mobiletoken.busy") {
		return false, nil
	}
	return done, err
}
