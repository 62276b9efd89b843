package tokenserver

import (
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/push"
)

// bind makes a subscription the one where pushes for this token go.
func (s *Server) bind(c *call) (any, error) {
	in, err := decode[subscription](c.body)
	if err != nil {
		return nil, err
	}
	if s.Pushes == nil {
		return nil, fault.Conflictf("push.off", "Pushes are off. Ask the inbox now and then.")
	}
	return nil, s.Pushes.Bind(c.ctx(), c.by(), c.holder.Customer, c.holder.Token, push.Subscription{Endpoint: in.Endpoint, P256DH: in.P256DH, Auth: in.Auth, Key: in.Key})
}

// subscription is a PushSubscription of a browser.
type subscription struct {
	Endpoint string `json:"endpoint"`
	P256DH   string `json:"p256dh"`
	Auth     string `json:"auth"`
	Key      string `json:"key"` // push_key that it was made under; "" for the newest
}

// unbind ends the pushes for this token.
func (s *Server) unbind(c *call) (any, error) {
	if s.Pushes == nil {
		return nil, nil //nolint:nilnil // 204: there is nothing to say
	}
	return nil, s.Pushes.Unbind(c.ctx(), c.by(), c.holder.Customer, c.holder.Token)
}
