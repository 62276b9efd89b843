package tokenserver

import (
	"encoding/json"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// Token is one of the customer's tokens.
type Token struct {
	ID          string     `json:"id"`
	Serial      string     `json:"serial"`
	Name        string     `json:"name"`
	Application string     `json:"application"`
	Status      string     `json:"status"`
	BlockedBy   string     `json:"blocked_by,omitempty"`
	Until       timestamp  `json:"blocked_until,omitzero"`
	Model       string     `json:"model"`
	Platform    string     `json:"platform"`
	AppVersion  string     `json:"app_version"`
	Created     timestamp  `json:"created_at"`
	Used        timestamp  `json:"last_used_at,omitzero"`
	This        bool       `json:"this"`
	NextStep    string     `json:"next_step"`
	Code        *codeState `json:"code,omitempty"`
	Migration   *migration `json:"migration,omitempty"`
}

// codeState is how the newest activation code of a token stands.
type codeState struct {
	State   string    `json:"state"`
	Purpose string    `json:"purpose"`
	Expires timestamp `json:"expires_at"`
}

// migration is an open one.
type migration struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// token writes an item for the phone of the token this.
func (s *Server) token(it mobiletoken.Item, this ident.ID) Token {
	t := it.Token
	out := Token{
		ID: t.ID.String(), Serial: t.Serial, Name: t.Name, Application: t.Application, Status: string(t.Status), BlockedBy: string(t.BlockedBy), Until: timestamp(t.Until),
		Model: t.Model, Platform: t.Platform, AppVersion: t.AppVersion, Created: timestamp(t.Created), Used: timestamp(it.Used), This: t.ID == this,
		NextStep: nextStep(it, s.Now()),
	}
	if it.Code != nil {
		out.Code = &codeState{it.Code.State(s.Now()), string(it.Code.Purpose), timestamp(it.Code.Expires)}
	}
	if m := it.Migration; m != nil {
		out.Migration = &migration{m.Old.String(), m.New.String()}
	}
	return out
}

// nextStep is what its owner can do for a token, in one word that the app puts into theirs.
func nextStep(it mobiletoken.Item, now time.Time) string {
	state := ""
	if it.Code != nil {
		state = it.Code.State(now)
	}
	switch {
	case it.Status == mobiletoken.Archived:
		return "none"
	case it.Compare:
		return "compare"
	case it.Pending:
		return "confirm"
	case state == string(mobiletoken.Valid):
		return "activate"
	case it.Status == mobiletoken.Created, it.Status == mobiletoken.CodeIssued:
		return "renew"
	case it.Status == mobiletoken.Blocked && it.BlockedBy == mobiletoken.ByOperator:
		return "call"
	case it.Status == mobiletoken.Blocked:
		return "enable"
	}
	return "none"
}

// tokensAnswer is all tokens of the customer.
type tokensAnswer struct {
	Tokens []Token   `json:"tokens"`
	Now    timestamp `json:"now"`
}

// list lists the customer's tokens, oldest first.
func (s *Server) list(c *call) (any, error) {
	all, err := s.Tokens.List(c.ctx(), c.holder.Customer)
	if err != nil {
		return nil, err
	}
	out := tokensAnswer{Tokens: []Token{}, Now: timestamp(s.Now())}
	for _, it := range all {
		out.Tokens = append(out.Tokens, s.token(it, c.holder.Token))
	}
	return out, nil
}

// Act is one line of a token's history.
type Act struct {
	At     timestamp `json:"at"`
	Kind   string    `json:"kind"`
	By     string    `json:"by"` // customer, staff, client or system
	Detail string    `json:"detail,omitempty"`
}

// historyAnswer is what happened to a token, newest first.
type historyAnswer struct {
	Acts []Act     `json:"acts"`
	Now  timestamp `json:"now"`
}

// historyLength is how many acts are told.
const historyLength = 50

// history tells what happened to a token.
func (s *Server) history(c *call) (any, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	if _, err := s.Tokens.Get(c.ctx(), c.holder.Customer, id); err != nil {
		return nil, err
	}
	page, err := s.Audit.Find(c.ctx(), audit.Filter{Customer: c.holder.Customer, Kind: "mobile_token.", Object: "mobile_token:" + id.String()}, "", historyLength)
	if err != nil {
		return nil, err
	}
	out := historyAnswer{Acts: []Act{}, Now: timestamp(s.Now())}
	for _, e := range page.Entries {
		out.Acts = append(out.Acts, act(e))
	}
	return out, nil
}

// act is a record as its customer may read it: staff and applications are not named, and what
// they wrote is not shown. Why something was refused is one word of a closed list.
func act(e audit.Entry) Act {
	a := Act{At: timestamp(e.At), Kind: e.Kind}
	if by, err := audit.ParseActor(e.Actor); err == nil {
		a.By = string(by.Kind)
	}
	var d struct {
		Why mobiletoken.Reason `json:"why"`
	}
	if json.Unmarshal(e.Details, &d) != nil {
		return a
	}
	switch d.Why {
	case mobiletoken.WrongCode, mobiletoken.TooMany, mobiletoken.TooLate:
		a.Detail = string(d.Why)
	case mobiletoken.Accepted, mobiletoken.NotPending, mobiletoken.NotPossible, mobiletoken.NotCompared:
	}
	return a
}
