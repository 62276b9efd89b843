package mobiletoken

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Fault is a failure that the server answered with (RFC 9457). Code is stable; Detail says
// what to do.
type Fault struct {
	Status int       `json:"status"`
	Code   string    `json:"code"`
	Detail string    `json:"detail"`
	Field  string    `json:"field"`
	Now    time.Time `json:"now"` // of token.clock
}

// Error implements error.
func (f *Fault) Error() string {
	return fmt.Sprintf("mobiletoken: %d %s: %s", f.Status, f.Code, f.Detail)
}

// Is reports whether err is a Fault with a code.
func Is(err error, code string) bool {
	var f *Fault
	return errors.As(err, &f) && f.Code == code
}

// Line is an app's line to the server of one of its tokens: the token protocol.
type Line struct {
	App   *App
	Token *Token
}

// Line opens the line of a token.
func (a *App) Line(t *Token) Line { return Line{a, t} }

// now is the server's time as far as the phone knows it.
func (l Line) now() time.Time { return l.App.Now().Add(time.Duration(l.Token.Offset) * time.Second) }

// ask sends a signed request. When the server says that the clock is wrong, it is set, and the
// request made once more.
func (l Line) ask(ctx context.Context, method, path string, in, out any) error {
	err := l.askOnce(ctx, method, path, in, out)
	var f *Fault
	if errors.As(err, &f) && f.Code == "token.clock" && !f.Now.IsZero() {
		l.Token.Offset = int64(f.Now.Sub(l.App.Now()) / time.Second)
		err = l.askOnce(ctx, method, path, in, out)
	}
	return err
}

func (l Line) askOnce(ctx context.Context, method, path string, in, out any) error {
	address := l.Token.Server + "/token/v1/" + path
	body, err := encode(in)
	if err != nil {
		return err
	}
	proof, err := l.Token.proof(l.App.Rand, method, address, body, l.now())
	if err != nil {
		return err
	}
	return l.App.call(ctx, method, address, body, proof, out)
}

func encode(in any) ([]byte, error) {
	if in == nil {
		return nil, nil
	}
	return json.Marshal(in)
}

// call sends a request and reads the answer.
func (a *App) call(ctx context.Context, method, address string, body []byte, proof string, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if proof != "" {
		req.Header.Set("Token-Proof", proof)
	}
	res, err := a.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= http.StatusBadRequest {
		f := &Fault{}
		if json.Unmarshal(raw, f) != nil || f.Code == "" {
			return refused(res.Status)
		}
		f.Status = res.StatusCode
		return f
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	return json.Unmarshal(raw, out)
}

// Application is what the bank says of one of its applications.
type Application struct {
	Code      string          `json:"code"`
	Name      string          `json:"name"`
	Bank      string          `json:"bank"`
	DSKPP     string          `json:"dskpp_url"`
	SignSuite string          `json:"sign_suite"`
	PushKey   string          `json:"push_key"`
	Pictures  json.RawMessage `json:"picture_keys"`
	Matching  bool            `json:"number_matching"`
	Compare   bool            `json:"comparison"`
}

// Application asks a server for one of its applications.
func (a *App) Application(ctx context.Context, server, code string) (out Application, err error) {
	err = a.call(ctx, http.MethodGet, server+"/token/v1/applications/"+url.PathEscape(code), nil, "", &out)
	return out, err
}
