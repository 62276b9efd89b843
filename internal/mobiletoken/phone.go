package mobiletoken

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Phone is what a phone says of itself with its first code.
type Phone struct {
	// DeviceKey is the public key by which it will sign its requests: an uncompressed
	// point of P-256 (SEC 1, section 2.3.3), 65 bytes.
	DeviceKey  []byte
	Model      string // at most 80 characters
	Platform   string // at most 40 characters
	AppVersion string // at most 40 characters
	Locale     string // RFC 5646, at most 35 characters
}

// First is a first code as a phone gives it.
type First struct {
	KeyID string // of the key package
	Code  string // as typed or shown
	Phone Phone
}

// ConfirmPhone is [Desk.Confirm] for the phone itself, which names its key and binds the key
// by which it will sign its requests, in the same transaction. A first code whose answer was
// lost is accepted again, and so is a later one, from the phone with the same device key;
// wrong ones count on the token. The fault "mobiletoken.unknown" (NotFound) says that nobody
// has a key of this name.
func (d *Desk) ConfirmPhone(ctx context.Context, in First) (Confirmed, error) {
	if err := in.Phone.read(); err != nil {
		return Confirmed{}, err
	}
	h, found, err := d.named(ctx, in.KeyID)
	if err != nil || !found {
		return Confirmed{}, errors.Join(err, orUnknown(found))
	}
	if h.DeviceKey != nil && !bytes.Equal(h.DeviceKey, in.Phone.DeviceKey) {
		return Confirmed{Reason: NotPending}, nil
	}
	return d.confirmAs(ctx, audit.Customer(h.Customer), h.Customer, h.Token, in.Code, &in)
}

// read gives what a phone says its form, and refuses what is no key.
func (p *Phone) read() (err error) {
	if _, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), p.DeviceKey); err != nil {
		return fault.Invalidf("mobiletoken.device_key", "The device key is no public key on the curve P-256.").WithField("/device_key")
	}
	for _, f := range []struct {
		at   *string
		name string
		most int
	}{{&p.Model, "model", 80}, {&p.Platform, "platform", 40}, {&p.AppVersion, "app_version", 40}, {&p.Locale, "locale", 35}} {
		if *f.at, err = readText(*f.at, f.name, f.most); err != nil {
			return err
		}
	}
	return nil
}

// bind keeps what a phone said with a first code that was accepted. One that was accepted
// before binds no other key.
func (u *unit) bind(in *First) (Reason, error) {
	n, err := u.tx.Exec("UPDATE mobile_key SET device_key = $4 WHERE customer = $1 AND token = $2 AND key_id = $3 AND state = 'live' AND (device_key IS NULL OR device_key = $4)",
		u.t.Customer, u.t.ID, in.KeyID, in.Phone.DeviceKey)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return u.refuse(NotPending)
	}
	p := in.Phone
	u.t.Model, u.t.Platform, u.t.AppVersion, u.t.Locale = p.Model, p.Platform, p.AppVersion, p.Locale
	_, err = u.tx.Exec("UPDATE mobile_token SET model = $3, platform = $4, app_version = $5, locale = $6 WHERE customer = $1 AND id = $2",
		u.t.Customer, u.t.ID, p.Model, p.Platform, p.AppVersion, p.Locale)
	return Accepted, err
}

// Holder is who has a key, and the phone that it is in.
type Holder struct {
	Customer    ident.ID
	Token       ident.ID
	Application string // code
	Device      ident.ID
	KeyID       string
	DeviceKey   []byte // public; nil when the phone has not bound one
	Status      Status // of the token

	state string // of the key
}

// Live reports whether the phone's key is that of a token in use.
func (h Holder) Live() bool { return h.state == "live" && h.Status == Active }

// Holder returns the phone that has bound a device key, by the name of its key; false when
// there is none: also when its token is archived, or has come to another phone.
func (d *Desk) Holder(ctx context.Context, keyID string) (Holder, bool, error) {
	h, found, err := d.named(ctx, keyID)
	return h, found && h.DeviceKey != nil && h.state != "pending", err
}

// named returns who has the key of a name, proven or not.
func (d *Desk) named(ctx context.Context, keyID string) (h Holder, found bool, err error) {
	if !name(keyID) {
		return h, false, nil
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(`SELECT k.customer, k.token, t.application, k.device, k.key_id, k.device_key, k.state, t.status FROM mobile_key k
			JOIN mobile_token t ON t.customer = k.customer AND t.id = k.token WHERE k.key_id = $1`, keyID).
			Scan(&h.Customer, &h.Token, &h.Application, &h.Device, &h.KeyID, &h.DeviceKey, &h.state, &h.Status)
	})
	if errors.Is(err, db.ErrNoRow) {
		return Holder{}, false, nil
	}
	return h, err == nil, err
}

// name tells whether a text can be the name of a key: letters and digits (RFC 6030, section 4.1).
func name(s string) bool {
	const most = 64
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

// Replaceable returns the token and the secret of the key with a name that is in use, so
// that the provisioning of another one in its place can prove to know it (RFC 6063, section
// 4.2.3); false when there is none.
func (d *Desk) Replaceable(ctx context.Context, keyID string) (token ident.ID, secret keyring.Secret, found bool, err error) {
	if !name(keyID) {
		return token, nil, false, nil
	}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := keys(tx, "key_id = $1 AND state <> 'pending'", keyID)
		if err != nil || len(all) == 0 {
			return err
		}
		token, found = all[0].Token, true
		secret, err = d.Ring.Open(seedLabel, all[0].ID, all[0].seed)
		return err
	})
	return token, secret, found && err == nil, err
}

// Once remembers a signed request by the name that its phone gave it, until a moment from
// which on it would be too old anyway; false when the phone gave the name before, so that it
// is a repetition.
func (d *Desk) Once(ctx context.Context, keyID, name string, until time.Time) (fresh bool, err error) {
	err = d.DB.Settle(ctx, ident.Derive("mobile request", keyID, name), func(tx *db.Tx) error {
		n, err := tx.Exec("INSERT INTO mobile_request (key_id, jti, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", keyID, name, until)
		fresh = n == 1
		return err
	})
	return fresh && err == nil, err
}

// of tells whether the compared key is the one that the phone names.
func (in *First) of(k Key) bool { return in == nil || k.KeyID == in.KeyID }
