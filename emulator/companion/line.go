package companion

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
)

const path = "/companion/v1/"

// Refusal is a failure that the server told in the open.
type Refusal struct {
	Status int           `json:"status"`
	Code   string        `json:"code"`
	Detail string        `json:"detail"`
	Now    int64         `json:"now"` // the server's time, where the clock is wrong
	Wait   time.Duration `json:"-"`   // before the message may be sent again; 0: it may not
}

// Error returns the code.
func (r *Refusal) Error() string { return "companion: " + r.Code + ": " + r.Detail }

// Problem is a refusal in a sealed answer.
type Problem struct{ report.Problem }

// Error returns the code.
func (p *Problem) Error() string { return "companion: " + p.Code + ": " + p.Detail }

// Is reports whether an error is a refusal with a code, sealed or not.
func Is(err error, code string) bool {
	var r *Refusal
	var p *Problem
	return errors.As(err, &r) && r.Code == code || errors.As(err, &p) && p.Code == code
}

// FetchKeys gets the keys to which devices seal.
func (d *Device) FetchKeys(ctx context.Context) error {
	body, err := d.do(ctx, http.MethodGet, "keys", nil)
	if err != nil {
		return err
	}
	var in struct {
		Keys []report.Key `json:"keys"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return errors.New("companion: the server's keys cannot be read")
	}
	d.Memory.Keys = in.Keys
	return nil
}

// key returns the newest key of the device's suite.
func (d *Device) key(ctx context.Context) (*envelope.PublicKey, error) {
	for range 2 {
		for _, k := range d.Memory.Keys {
			p, err := envelope.ReadPublicKey(k.Key)
			if err == nil && p.Suite() == d.Memory.Suite && k.Until > d.Now().UnixMilli() {
				return p, nil
			}
		}
		if err := d.FetchKeys(ctx); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("companion: the server has no key of the suite")
}

// Seal makes the next message of a kind and keeps it for [Device.Again].
func (d *Device) Seal(ctx context.Context, kind envelope.Kind, body []byte) error {
	to, err := d.key(ctx)
	if err != nil {
		return err
	}
	by, err := envelope.NewSigner(d.Memory.Scheme, d.Memory.Signer)
	if err != nil {
		return err
	}
	d.Memory.Seq++
	h := envelope.Header{Device: d.ID(), Epoch: d.Memory.Epoch, Seq: d.Memory.Seq, SentAt: d.Now(), Kind: kind}
	if kind == envelope.Enroll {
		h.Device = envelope.DeviceID{}
	}
	raw, q, err := envelope.Seal(h, body, to, by)
	d.last = &sent{raw, q}
	return err
}

// Last returns the octets of the last message.
func (d *Device) Last() []byte { return d.last.raw }

// Again sends the last message, for the first time or once more, and opens the answer. A device that gets none has the
// zero answer.
func (d *Device) Again(ctx context.Context) (a report.Answer, err error) {
	if d.last == nil {
		return a, errors.New("companion: nothing was sent")
	}
	sealed, err := d.do(ctx, http.MethodPost, "messages", d.last.raw)
	if err != nil || len(sealed) == 0 {
		return a, err
	}
	own, err := d.own()
	if err != nil {
		return a, err
	}
	body, err := d.last.question.Open(sealed, own)
	if err != nil {
		return a, err
	}
	if a, err = report.ReadAnswer(body); err != nil {
		return a, err
	}
	if len(a.Keys) > 0 {
		d.Memory.Keys = a.Keys
	}
	if a.Error != nil {
		return a, &Problem{*a.Error}
	}
	return a, nil
}

// send seals a body and sends it. Keys that are over are fetched once.
func send[T report.Body](ctx context.Context, d *Device, kind envelope.Kind, in T) (a report.Answer, err error) {
	body, err := report.Append(nil, in)
	if err != nil {
		return a, err
	}
	for range 2 {
		if err = d.Seal(ctx, kind, body); err != nil {
			return a, err
		}
		if a, err = d.deliver(ctx); !Is(err, "envelope.key") {
			return a, err
		}
		d.Memory.Keys = nil
	}
	return a, err
}

func (d *Device) do(ctx context.Context, method, to string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, d.URL+path+to, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/octet-stream")
	}
	resp, err := d.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(resp.Body, envelope.MaxBytes+1))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 2 {
		return out, nil
	}
	r := &Refusal{Status: resp.StatusCode}
	_ = json.Unmarshal(out, r) // what is no problem has no code
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
		r.Wait = time.Duration(s) * time.Second
	}
	return nil, r
}
