package mobiletoken

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"

	"github.com/countersign-auth/countersign/dskpp"
)

const (
	attempts  = 3
	maxAnswer = 128 << 10
)

// post sends a message (RFC 6063, section 7.2) and returns the answer. If none comes
// it sends the same again: the server repeats its answer then.
func (a *App) post(ctx context.Context, url string, message []byte) (answer []byte, err error) {
	for range attempts {
		var final bool
		if answer, final, err = a.once(ctx, url, message); final || ctx.Err() != nil {
			return answer, err
		}
	}
	return nil, err
}

// once tells whether what came is the server's word, or whether it may be asked again.
func (a *App) once(ctx context.Context, url string, message []byte) (answer []byte, final bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(message))
	if err != nil {
		return nil, true, err
	}
	req.Header.Set("Content-Type", dskpp.MediaType)
	req.Header.Set("Accept", dskpp.MediaType)
	req.Header.Set("Cache-Control", "no-cache, no-store")
	req.Header.Set("Pragma", "no-cache")
	res, err := a.HTTP.Do(req)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = res.Body.Close() }()
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if res.StatusCode != http.StatusOK || kind != dskpp.MediaType {
		return nil, res.StatusCode < 500, refused(res.Status)
	}
	answer, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, false, err
	}
	if len(answer) > maxAnswer {
		return nil, true, refused("too much")
	}
	return answer, true, nil
}
