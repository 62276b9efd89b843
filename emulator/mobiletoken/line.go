package mobiletoken

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Prompt is an approval that waits.
type Prompt struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Content  string    `json:"content"`
	Created  time.Time `json:"created_at"`
	Expires  time.Time `json:"expires_at"`
	Matching bool      `json:"number_matching"`
}

// Inbox lists what waits for an answer. It needs no PIN.
func (l Line) Inbox(ctx context.Context) ([]Prompt, error) {
	out, err := fetch[struct {
		Prompts []Prompt `json:"prompts"`
	}](ctx, l, http.MethodGet, "inbox", nil)
	return out.Prompts, err
}

// Answered is how a prompt stands after an answer.
type Answered struct {
	Status   string `json:"status"`
	Accepted bool   `json:"accepted"`
}

// Approve approves a prompt. control is what the person read off the bank's page, where the
// digits must match; else it is taken from the content.
func (l Line) Approve(ctx context.Context, p Prompt, pin, control string) (out Answered, err error) {
	c, err := ParseContent(p.Content)
	if err != nil {
		return out, err
	}
	if !p.Matching {
		control = c.Control
	}
	answer, err := l.Token.Answer(pin, p.Content, control, l.now())
	if err != nil {
		return out, err
	}
	return fetch[Answered](ctx, l, http.MethodPost, "prompts/"+url.PathEscape(p.ID)+"/approval", map[string]string{"answer": answer, "control": control})
}

// Refuse says no; with fraud also that it was not the customer who asked.
func (l Line) Refuse(ctx context.Context, p Prompt, fraud bool) (Answered, error) {
	return fetch[Answered](ctx, l, http.MethodPost, "prompts/"+url.PathEscape(p.ID)+"/refusal", map[string]bool{"fraud": fraud})
}

// TokenInfo is one of the customer's tokens.
type TokenInfo struct {
	ID        string `json:"id"`
	Serial    string `json:"serial"`
	Name      string `json:"name"`
	Status    string `json:"status"`
	BlockedBy string `json:"blocked_by"`
	Model     string `json:"model"`
	This      bool   `json:"this"`
	NextStep  string `json:"next_step"`
	Code      *struct {
		State   string    `json:"state"`
		Purpose string    `json:"purpose"`
		Expires time.Time `json:"expires_at"`
	} `json:"code"`
	Migration *struct {
		From string `json:"from"`
		To   string `json:"to"`
	} `json:"migration"`
}

// fetch sends a signed request and reads the answer.
func fetch[T any](ctx context.Context, l Line, method, path string, in any) (out T, err error) {
	err = l.ask(ctx, method, path, in, &out)
	return out, err
}

// Tokens lists the customer's tokens.
func (l Line) Tokens(ctx context.Context) ([]TokenInfo, error) {
	out, err := fetch[struct {
		Tokens []TokenInfo `json:"tokens"`
	}](ctx, l, http.MethodGet, "tokens", nil)
	return out.Tokens, err
}

// Act is one line of a token's history.
type Act struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`
	By     string    `json:"by"`     // customer, staff, client or system
	Detail string    `json:"detail"` // why a first code was refused; "" for nothing
}

// History tells what happened to a token, newest first.
func (l Line) History(ctx context.Context, id string) ([]Act, error) {
	out, err := fetch[struct {
		Acts []Act `json:"acts"`
	}](ctx, l, http.MethodGet, "tokens/"+url.PathEscape(id)+"/history", nil)
	return out.Acts, err
}

// Prove gives a secure code and returns the name of the proof, which acts need.
func (l Line) Prove(ctx context.Context, pin string) (string, error) {
	code, err := l.Token.Code(pin, l.now())
	if err != nil {
		return "", err
	}
	out, err := fetch[struct {
		Proof string `json:"proof"`
	}](ctx, l, http.MethodPost, "proofs", map[string]string{"code": code})
	return out.Proof, err
}

// Activation is a new activation code.
type Activation struct {
	TokenID  string    `json:"token_id"`
	ClientID string    `json:"client_id"`
	Code     string    `json:"code"`
	Link     string    `json:"link"`
	Picture  string    `json:"picture"`
	Trigger  string    `json:"trigger"`
	Part     int       `json:"part"`
	Valid    time.Time `json:"valid_until"`
}

// Order is what an act says: only what the act knows is to be set.
type Order struct {
	Proof       string `json:"proof,omitempty"`
	Warned      bool   `json:"warned,omitempty"`
	Name        string `json:"name,omitempty"`
	Application string `json:"application,omitempty"`
	HandOver    string `json:"hand_over,omitempty"`
	KeepSerial  *bool  `json:"keep_serial,omitempty"`
	Comparison  string `json:"comparison,omitempty"`
}

// Enroll asks for a token on another phone.
func (l Line) Enroll(ctx context.Context, o Order) (Activation, error) {
	return fetch[Activation](ctx, l, http.MethodPost, "tokens", o)
}

// Issue carries an act out that ends in a new activation code: renewal, redistribution or
// migration.
func (l Line) Issue(ctx context.Context, id, act string, o Order) (Activation, error) {
	return fetch[Activation](ctx, l, http.MethodPost, "tokens/"+url.PathEscape(id)+"/"+act, o)
}

// Change carries any other act out: block, enable, archive, extension, cancellation, abandonment,
// comparison. It returns the token as it is then.
func (l Line) Change(ctx context.Context, id, act string, o Order) (TokenInfo, error) {
	out, err := fetch[struct {
		Token TokenInfo `json:"token"`
	}](ctx, l, http.MethodPost, "tokens/"+url.PathEscape(id)+"/"+act, o)
	return out.Token, err
}

// Rename gives a token a name.
func (l Line) Rename(ctx context.Context, id, name string) error {
	return l.ask(ctx, http.MethodPatch, "tokens/"+url.PathEscape(id), Order{Name: name}, nil)
}

// Subscribe says where pushes are to go: a PushSubscription in JSON.
func (l Line) Subscribe(ctx context.Context, subscription json.RawMessage) error {
	return l.ask(ctx, http.MethodPut, "push", subscription, nil)
}

// Unsubscribe ends the pushes.
func (l Line) Unsubscribe(ctx context.Context) error {
	return l.ask(ctx, http.MethodDelete, "push", nil, nil)
}
