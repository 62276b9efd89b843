package wallet

import (
	"context"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/envelope/report"
)

// Coded is what the owner types, or the wallet fills in, where an access device has a field for three digits only.
type Coded struct {
	Number  string // the token's
	Index   cryptogram.Index
	Counter int
	Value   string // three digits
}

// Code makes a code of a purchase with limited-use data of a token (DI-30), for a type of access device that was agreed on. The data open with the other devices
// alone, or with what the server gives in their place after the PIN. Errors are ErrWorn where there are no data or none with anything left, ErrAbsent, or say what is wrong.
func (w *Wallet) Code(ctx context.Context, t *Token, p Purchase, device [8]byte) (out Coded, err error) {
	w.Forget()
	k := usable(t.Data, w.now().UnixMilli(), p)
	if k == nil {
		return out, ErrWorn
	}
	if out.Index, err = cryptogram.ParseIndex(k.Index); err != nil {
		return out, err
	}
	pin := p.PIN
	if t.Assist == "encryption" {
		pin = "" // the server gives no data in the place of a device that holds half of the key
	}
	var key *cryptogram.Key
	if out.Number, key, err = w.opened(ctx, t, k, report.LimitedData, pin, &Presentation{}); err != nil {
		return out, err
	}
	t.Counter++                                                             // it is never used twice
	out.Counter, out.Value = t.Counter, key.Code(uint16(t.Counter), device) //nolint:gosec // at most 65,535
	t.took(k, p)
	return out, nil
}
