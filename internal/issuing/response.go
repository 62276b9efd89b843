package issuing

import (
	"github.com/countersign-auth/countersign/internal/vault"
)

// Card status updates of method 2 (EMV Book 3, annex C10): whether the issuer approves is the highest bit of their second octet.
var (
	statusApproved = [4]byte{1: 0x80}
	statusDeclined [4]byte
)

// respond makes the issuer authentication data (tag 91) that tell the chip that it was its issuer who decided. There are none where the
// portfolio wants none, for another proof than a chip's, and for a cryptogram that was wrong: nobody learns anything from guesses.
func (x *attempt) respond(out *Decision) (err error) {
	if x.proven == nil || x.r.Chip == nil {
		return nil
	}
	device := x.r.Chip.Cryptogram
	switch x.method {
	case vault.ResponseStatus:
		status := statusDeclined
		if out.Approves() {
			status = statusApproved
		}
		out.Response, err = x.proven.ResponseStatus(device, status, nil)
		out.Response = append(out.Response, status[:]...)
	case vault.ResponseCode:
		if x.r.Code39 == nil {
			return nil // on this path nobody is told a code of two characters
		}
		code := x.r.Code39(out)
		out.Response, err = x.proven.Response(device, code)
		out.Response = append(out.Response, code[:]...)
	}
	return err
}
