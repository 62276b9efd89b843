package mssserver

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/mss"
)

// status answers what became of a signature request.
func (s *Server) status(ctx context.Context, c *call, q *mss.StatusRequest) (mss.Message, error) {
	t, o, err := s.own(ctx, c, q.TransID)
	if err != nil {
		return nil, err
	}
	if mss.Mode(o.Mode) == mss.AsynchServerServer {
		return nil, mss.Faultf(mss.WrongParam, mss.WrongMode, "The answer of this transaction goes to AP_URL.")
	}
	answer := &mss.StatusResponse{Base: s.answer(c), User: named(o.User)}
	return answer, fill(t, o, &c.provider, &answer.User, &answer.Signed, &answer.Status)
}

// named is the user as a request has written them.
func named(as string) mss.User {
	if strings.Trim(as, "+0123456789") != "" {
		return mss.User{Identifier: as}
	}
	return mss.User{MSISDN: as}
}

// own finds a signature that the caller has asked for. Another one's does not exist.
func (s *Server) own(ctx context.Context, c *call, handle string) (t mobileid.Transaction, o provider.Order, err error) {
	unknown := mss.Faultf(mss.WrongParam, 0, "MSSP_TransID names no transaction of this service provider, or one that has been forgotten.")
	t, err = s.Signer.Get(ctx, c.provider.Code, handle)
	switch {
	case fault.Is(err, "mobileid.transaction"):
		return t, o, unknown
	case err != nil:
		return t, o, err
	case t.Kind != mobileid.Signing:
		return t, o, unknown
	}
	o, found, err := s.Providers.Order(ctx, t.Customer, t.ID)
	if err != nil || found {
		return t, o, err
	}
	return t, o, unknown
}

// spare is how long a call is held after its transaction has run out.
const spare = 5 * time.Second

// hold waits until a transaction has ended, or the node stops. The connection's deadlines are
// lifted: the transaction has one of its own.
func (s *Server) hold(ctx context.Context, c *call, t mobileid.Transaction) (mobileid.Transaction, error) {
	control := http.NewResponseController(c.w)
	if err := errors.Join(control.SetReadDeadline(time.Time{}), control.SetWriteDeadline(time.Time{})); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return t, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	go func() {
		select {
		case <-s.Stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	handle := t.Handle
	for t.Status.Open() && s.Now().Before(t.Expires.Add(spare)) {
		again, err := s.Signer.Wait(ctx, c.provider.Code, handle, t.Expires.Add(spare).Sub(s.Now()))
		switch {
		case ctx.Err() != nil:
			return t, mss.Faultf(mss.InternalError, mss.ServerError, "The server ends the call. The transaction goes on, and runs out by itself.")
		case err != nil:
			return t, err
		}
		t = again
	}
	return t, nil
}
