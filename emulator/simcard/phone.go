package simcard

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// Shown is a phone as its HTTP interface shows it.
type Shown struct {
	ICCID    string    `json:"iccid"`
	Number   string    `json:"number"`
	Label    string    `json:"label"`
	Screen   Screen    `json:"screen"`
	Messages []Message `json:"messages"`
	Keys     [2]Held   `json:"keys"` // of authentication and signing
	PUKTries int       `json:"puk_tries"`
}

// Held is what the card says of a role's key.
type Held struct {
	Algorithm string `json:"algorithm"` // empty when there is none
	Tries     int    `json:"tries"`
}

// shown draws a phone.
func (c *Card) shown() Shown {
	s := Shown{ICCID: c.ICCID(), Number: c.Number(), Label: c.Label(), Screen: c.Look(), Messages: c.Messages()}
	card := c.Status()
	for i, k := range card.Keys {
		s.Keys[i].Tries, s.PUKTries = k.Tries, k.PUKTries
		if k.Algorithm != 0 {
			s.Keys[i].Algorithm = k.Algorithm.String()
		}
	}
	return s
}

// Phones are the hands on phones of another process, over its HTTP interface.
type Phones struct {
	URL  string // without a slash at the end
	HTTP *http.Client
}

// All returns all phones.
func (p Phones) All(ctx context.Context) (all []Shown, err error) {
	return all, p.ask(ctx, http.MethodGet, "/cards", nil, &all)
}

// Look returns the phone of an ICCID or number.
func (p Phones) Look(ctx context.Context, name string) (s Shown, err error) {
	return s, p.ask(ctx, http.MethodGet, "/cards/"+name, nil, &s)
}

// Press presses a key; see Card.Press.
func (p Phones) Press(ctx context.Context, name string, screen int, k Key) (s Shown, err error) {
	return s, p.ask(ctx, http.MethodPost, "/cards/"+name+"/keys", pressed{Screen: screen, Key: k}, &s)
}

// Type types digits and presses OK; see Card.Type.
func (p Phones) Type(ctx context.Context, name string, screen int, digits string) (s Shown, err error) {
	return s, p.ask(ctx, http.MethodPost, "/cards/"+name+"/keys", pressed{Screen: screen, Digits: digits}, &s)
}

// Swap gives the number of a card to another one; see Tray.Move.
func (p Phones) Swap(ctx context.Context, name, iccid string) (s Shown, err error) {
	return s, p.ask(ctx, http.MethodPost, "/cards/"+name+"/swap", swapped{iccid}, &s)
}

// ErrNoCard says that there is no card of this number.
var ErrNoCard = errors.New("simcard: there is no such card")

func (p Phones) ask(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.URL+path, body)
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", jsonType)
	}
	res, err := p.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	switch {
	case err != nil:
		return err
	case res.StatusCode == http.StatusOK:
		return json.Unmarshal(b, out)
	case res.StatusCode == http.StatusNotFound:
		return ErrNoCard
	case res.StatusCode == http.StatusConflict:
		return ErrStale
	case res.StatusCode == http.StatusUnprocessableEntity:
		return ErrKey
	}
	return errors.New("simcard: the phone answered " + res.Status)
}
