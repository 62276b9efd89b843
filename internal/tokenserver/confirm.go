package tokenserver

import (
	"encoding/json"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// confirmation is a first code.
type confirmation struct {
	KeyID      string          `json:"key_id"`
	Code       string          `json:"code"`
	DeviceKey  json.RawMessage `json:"device_key"`
	Model      string          `json:"model"`
	Platform   string          `json:"platform"`
	AppVersion string          `json:"app_version"`
	Locale     string          `json:"locale"`
}

// tokenAnswer is a token, and the time.
type tokenAnswer struct {
	Token Token     `json:"token"`
	Now   timestamp `json:"now"`
}

// confirm takes the first code of a key that was provisioned, and binds the phone's key.
func (s *Server) confirm(c *call) (any, error) {
	in, err := decode[confirmation](c.body)
	if err != nil {
		return nil, err
	}
	key, err := publicKey(in.DeviceKey)
	if err != nil {
		return nil, err
	}
	out, err := s.Tokens.ConfirmPhone(c.ctx(), mobiletoken.First{KeyID: in.KeyID, Code: in.Code, Phone: mobiletoken.Phone{
		DeviceKey: key, Model: in.Model, Platform: in.Platform, AppVersion: in.AppVersion, Locale: in.Locale,
	}})
	switch {
	case fault.Is(err, "mobiletoken.unknown"):
		return nil, unknown()
	case err != nil:
		return nil, err
	case out.Reason != mobiletoken.Accepted:
		return nil, notConfirmed(out.Reason)
	}
	it, err := s.Tokens.Get(c.ctx(), out.Token.Customer, out.Token.ID)
	if err != nil {
		return nil, err
	}
	return tokenAnswer{s.token(it, out.Token.ID), timestamp(s.Now())}, nil
}

// notConfirmed says why a first or comparison code did not count.
func notConfirmed(why mobiletoken.Reason) error {
	switch why {
	case mobiletoken.WrongCode:
		return fault.Deniedf("token.wrong_code", "The code is wrong. Check the PIN and the clock of the phone, and try once more: attempts are counted.")
	case mobiletoken.NotCompared:
		return fault.Conflictf("token.not_compared", "The owner has not typed the comparison code yet. Show it, and send the first code again in a few seconds.")
	case mobiletoken.TooLate:
		return fault.Conflictf("token.too_late", "The key was not proven in time. Ask for a new activation code.")
	case mobiletoken.TooMany:
		return fault.Conflictf("token.too_many_attempts", "There were too many wrong codes, and the key is gone. Ask for a new activation code.")
	case mobiletoken.NotPossible:
		return fault.Conflictf("token.not_possible", "The token that this one was to replace is not in use any more. Ask for a new activation code.")
	default:
		return fault.Conflictf("token.nothing_to_confirm", "There is no key that waits for its first code. Ask for a new activation code.")
	}
}
