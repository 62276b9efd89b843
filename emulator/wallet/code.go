package wallet

import (
	"context"

	"github.com/countersign-auth/countersign/cryptogram"
)

// Coded is what the owner types, or the wallet fills in, where an access device has a field for three digits only.
type Coded struct {
	Number  string // the token's
	Index   cryptogram.Index
	Counter int
	Value   string // three digits
}

// Code makes a code of a purchase with limited-use data of a token (DI-30), for a type of access device that was agreed on. The data open with the other devices
// alone. Errors are ErrWorn where there are no data or none with anything left, ErrAbsent, or say what is wrong.
func (w *Wallet) Code(ctx context.Context, t *Token, p Purchase, device [8]byte) (out Coded, err error) {
	w.Forget()
	k := usable(t.Data, w.now().UnixMilli(), p)
	if k == nil {
		return out, ErrWorn
	}
	if out.Index, err = cryptogram.ParseIndex(k.Index); err != nil {
		return out, err
	}
	shown := Presentation{}
	given, err := w.gather(ctx, t, "", &shown)
	if err != nil {
		return out, err
	}
	if out.Number = t.Number; out.Number == "" {
		number, err := w.open(t, t.Parts, "token", "token", given)
		if err != nil {
			return out, err
		}
		out.Number = string(number)
	}
	secret, err := w.open(t, k.Parts, "data", k.Index, given)
	if err != nil {
		return out, err
	}
	defer clear(secret)
	suite, err := cryptogram.ParseSuite(t.Suite)
	if err != nil {
		return out, err
	}
	key, err := cryptogram.NewKey(suite, secret)
	if err != nil {
		return out, err
	}
	t.Counter++                                                             // it is never used twice
	out.Counter, out.Value = t.Counter, key.Code(uint16(t.Counter), device) //nolint:gosec // at most 65,535
	t.took(k, p)
	return out, nil
}
