package dskppserver

import (
	"context"
	"crypto/rsa"
	"encoding/hex"
	"io"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/pskc"
)

// manufacturer of devices in key packages. It is ours alone: OATH has registered none.
const manufacturer = "Countersign"

// desk is what the protocol asks about one request.
type desk struct {
	s   *Server
	x   *exchange
	app policy.Application
}

// Activation implements dskpp.Desk. It is called once per answer, before the key derivation:
// here is where that waits for its turn, and where the attempt is counted.
func (d *desk) Activation(ctx context.Context, clientID string) (dskpp.Activation, bool, error) {
	if err := d.x.turn(ctx, d.s.line); err != nil {
		return dskpp.Activation{}, false, err
	}
	a, err := d.s.Desk.Attempt(ctx, clientID)
	if err != nil {
		return dskpp.Activation{}, false, err
	}
	if a.Application.Code != d.app.Code && a.Standing != mobiletoken.Closed && a.Standing != mobiletoken.Locked {
		a.Standing, a.Password = mobiletoken.Closed, nil // a code of another application is none here
	}
	d.x.attempt = a
	state := map[mobiletoken.Standing]dskpp.ActivationState{mobiletoken.Usable: dskpp.Usable, mobiletoken.Ended: dskpp.Expired, mobiletoken.Closed: dskpp.Used, mobiletoken.Locked: dskpp.Locked}[a.Standing]
	return dskpp.Activation{State: state, Password: string(a.Password), Owner: a.Token.ID.String()}, a.Password != nil, nil
}

// SharedKey implements dskpp.Desk: none is issued.
func (d *desk) SharedKey(context.Context, dskpp.KeyQuery) (dskpp.SharedKey, bool, error) {
	return dskpp.SharedKey{}, false, nil
}

// PublicKey implements dskpp.Desk: clients send theirs.
func (d *desk) PublicKey(context.Context, string) (*rsa.PublicKey, bool, error) {
	return nil, false, nil
}

// OldKey implements dskpp.Desk: a key is replaced only by one for the same token.
func (d *desk) OldKey(ctx context.Context, keyID []byte) (dskpp.OldKey, bool, error) {
	token, secret, found, err := d.s.Desk.Replaceable(ctx, string(keyID))
	if err != nil || !found {
		return dskpp.OldKey{}, false, err
	}
	return dskpp.OldKey{Owner: token.String(), Token: pskc.NewSecret(secret)}, true, nil
}

// keyIDSize is how many random bytes the name of a key has.
const keyIDSize = 16

// NewKey implements dskpp.Desk.
func (d *desk) NewKey(_ context.Context, g dskpp.Grant) (pskc.KeyPackage, error) {
	a := d.x.attempt
	if a.Move != nil && g.Variant != dskpp.TwoPass {
		return pskc.KeyPackage{}, &dskpp.StatusError{Status: dskpp.InitializationFailed, Reason: "the token keeps its key, which four passes cannot"}
	}
	id := make([]byte, keyIDSize)
	if _, err := io.ReadFull(d.s.Rand, id); err != nil {
		return pskc.KeyPackage{}, err
	}
	d.x.keyID = strings.ToUpper(hex.EncodeToString(id))
	k := pskc.Key{
		ID: d.x.keyID, Algorithm: g.KeyType, Issuer: d.s.Issuer, FriendlyName: d.app.Name, Hash: pskc.SHA1,
		Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: d.app.Keys.Digits},
	}
	if d.app.Keys.Code == policy.KeyHOTP {
		k.Counter = pskc.Some(0)
	} else {
		k.Time, k.Interval = pskc.Some(0), pskc.Some(int64(d.app.Keys.Step/time.Second))
	}
	if a.Move != nil {
		k.Secret = pskc.NewSecret(a.Move)
	}
	return pskc.KeyPackage{Device: pskc.Device{Manufacturer: manufacturer, SerialNo: a.Token.Serial, Model: d.app.Code}, Key: k}, nil
}

// keyType is the algorithm of a key in key packages.
func keyType(k policy.KeyType) string {
	if k == policy.KeyHOTP {
		return pskc.AlgorithmHOTP
	}
	return pskc.AlgorithmTOTP
}
