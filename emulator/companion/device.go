package companion

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
)

// Device is one device. It serves one goroutine at a time.
type Device struct {
	HTTP *http.Client
	URL  string           // of the server, without the path and a slash at the end
	Now  func() time.Time // its clock, which may be wrong
	Rand io.Reader
	// Wait pauses before a message is sent again that the server had no room for, or whose answer got lost.
	// Nil: the device gives up at once, and [Device.Resume] sends it later.
	Wait func(ctx context.Context, d time.Duration) error
	// Memory is all that survives a restart: keep it as JSON.
	Memory Memory

	last *sent
}

// Memory is what a device remembers.
type Memory struct {
	Suite  envelope.Suite  `json:"suite"`
	Scheme envelope.Scheme `json:"scheme"`
	Signer []byte          `json:"signer"` // secret
	Own    []byte          `json:"own"`    // secret of the key that answers are sealed to
	Device []byte          `json:"device"` // as the server calls it; none before it enrolled
	Number int             `json:"number"`
	Epoch  uint32          `json:"epoch"`
	Seq    uint64          `json:"seq"` // of the last message
	Keys   []report.Key    `json:"keys"`
	Plan   report.Plan     `json:"plan"`
}

// sent is a message that may be sent again.
type sent struct {
	raw      []byte
	question *envelope.Question
}

// New makes a device with new keys.
func New(url string, suite envelope.Suite, scheme envelope.Scheme, h *http.Client, now func() time.Time, rand io.Reader) (*Device, error) {
	d := &Device{HTTP: h, URL: url, Now: now, Rand: rand, Memory: Memory{Suite: suite, Scheme: scheme, Epoch: 1, Signer: make([]byte, 32), Own: make([]byte, 32)}}
	for _, secret := range [][]byte{d.Memory.Signer, d.Memory.Own} {
		if _, err := io.ReadFull(rand, secret); err != nil {
			return nil, err
		}
	}
	_, err := envelope.NewSigner(scheme, d.Memory.Signer)
	return d, err
}

// ID returns what the server calls the device; zeros before it enrolled.
func (d *Device) ID() (id envelope.DeviceID) {
	copy(id[:], d.Memory.Device)
	return id
}

// Keys are the public keys of the device, as it enrolls or is named with them.
func (d *Device) Keys() (k report.Keys, err error) {
	s, err := d.Signer()
	if err != nil {
		return k, err
	}
	own, err := d.own()
	if err != nil {
		return k, err
	}
	k = report.Keys{Scheme: d.Memory.Scheme.String(), Verifier: s.Public(), Sealer: own.Public().Bytes()}
	if d.Memory.Scheme == envelope.HMAC {
		k.Secret = d.Memory.Signer
	}
	return k, nil
}

// Signer signs for the device.
func (d *Device) Signer() (*envelope.Signer, error) {
	return envelope.NewSigner(d.Memory.Scheme, d.Memory.Signer)
}

func (d *Device) own() (*envelope.PrivateKey, error) {
	return envelope.NewPrivateKey(d.Memory.Suite, d.Memory.Own)
}

// Reinstall forgets what an application forgets that is installed anew, and keeps the keys.
func (d *Device) Reinstall() { d.Memory.Epoch, d.Memory.Seq, d.last = d.Memory.Epoch+1, 0, nil }

// Clone copies the device with its keys and numbers.
func (d *Device) Clone() (*Device, error) {
	b, err := json.Marshal(d.Memory)
	if err != nil {
		return nil, err
	}
	c := &Device{HTTP: d.HTTP, URL: d.URL, Now: d.Now, Rand: d.Rand, Wait: d.Wait}
	return c, json.Unmarshal(b, &c.Memory)
}

// Enroll registers the device by the code of an invitation.
func (d *Device) Enroll(ctx context.Context, in report.Enrollment) (a report.Answer, err error) {
	if in.Keys, err = d.Keys(); err != nil {
		return a, err
	}
	if a, err = send(ctx, d, envelope.Enroll, in); err != nil {
		return a, err
	}
	if a.Enrolled == nil || len(a.Enrolled.Device) != len(envelope.DeviceID{}) {
		return a, errors.New("companion: the server did not say what it calls the device")
	}
	d.Memory.Device, d.Memory.Number = a.Enrolled.Device, a.Enrolled.Number
	return a, nil
}

// Named takes what the server calls a device that its primary has named.
func (d *Device) Named(n report.Named) { d.Memory.Device, d.Memory.Number = n.Device, n.Number }

// Report sends a batch.
func (d *Device) Report(ctx context.Context, b report.Batch) (report.Answer, error) {
	return send(ctx, d, envelope.Report, b)
}

// Poll asks for the plan, and keeps it.
func (d *Device) Poll(ctx context.Context) (report.Plan, error) {
	a, err := send(ctx, d, envelope.Poll, report.Inquiry{Plan: d.Memory.Plan.Name})
	if err != nil {
		return report.Plan{}, err
	}
	if a.Plan == nil {
		return report.Plan{}, errors.New("companion: the server sent no plan")
	}
	p := *a.Plan
	if p.Same {
		p.Salt, p.Watch = d.Memory.Plan.Salt, d.Memory.Plan.Watch
	}
	d.Memory.Plan = p
	return p, nil
}

// Answer passes answers of devices to questions on.
func (d *Device) Answer(ctx context.Context, p report.Proofs) (report.Answer, error) {
	return send(ctx, d, envelope.Challenge, p)
}

// Introduce names devices.
func (d *Device) Introduce(ctx context.Context, things ...report.Thing) ([]report.Named, error) {
	a, err := send(ctx, d, envelope.Devices, report.Introduction{Add: things})
	return a.Named, err
}

// Ready asks whether the transaction application may become active.
func (d *Device) Ready(ctx context.Context, zone int) (report.Ready, error) {
	a, err := send(ctx, d, envelope.Ready, report.Wish{Zone: zone})
	if err != nil || a.Ready == nil {
		return report.Ready{}, err
	}
	return *a.Ready, nil
}

// Ask asks for something about payment credentials.
func (d *Device) Ask(ctx context.Context, w report.Wallet) (report.Answer, error) {
	return send(ctx, d, envelope.Wallet, w)
}

// Evidence says that the device is with a primary now; nonce is of a question, or nil.
func (d *Device) Evidence(primary envelope.DeviceID, nonce []byte, active bool) (report.Evidence, error) {
	e := report.Evidence{Device: d.Memory.Number, Time: d.Now().UnixMilli(), Nonce: nonce, Active: active}
	s, err := envelope.NewSigner(d.Memory.Scheme, d.Memory.Signer)
	if err != nil {
		return e, err
	}
	e.Signature, err = s.Sign(e.Statement(primary).Bytes())
	return e, err
}
