package mobiletoken

import (
	"context"
	"net/http"
)

// Phone is what the app says of the phone that it is on.
type Phone struct {
	Model, Platform, AppVersion, Locale string
}

// Activate gets a token with a code that a person typed: the application's description, the
// key by DSKPP, and the first code with the key of the phone. If only the first code failed, the
// token is returned as well, and Confirm tries again.
func (a *App) Activate(ctx context.Context, server, application, typed, pin string, p Phone) (*Token, error) {
	about, err := a.Application(ctx, server, application)
	if err != nil {
		return nil, err
	}
	t, err := a.Enroll(ctx, about.DSKPP, typed, pin)
	if err != nil {
		return nil, err
	}
	t.Server, t.Application, t.SignSuite, t.Pictures = server, application, about.SignSuite, about.Pictures
	if t.Device, err = NewDeviceKey(); err != nil {
		return t, err
	}
	return t, a.Confirm(ctx, t, pin, p)
}

// Confirm gives the first code of a token. The same again after a lost answer does no harm.
func (a *App) Confirm(ctx context.Context, t *Token, pin string, p Phone) error {
	public, err := publicJWK(t.Device)
	if err != nil {
		return err
	}
	counter := t.Counter
	code, err := t.Code(pin, a.Line(t).now())
	if err != nil {
		return err
	}
	body, err := encode(map[string]any{
		"key_id": t.ID, "code": code, "device_key": public, "model": p.Model, "platform": p.Platform, "app_version": p.AppVersion, "locale": p.Locale,
	})
	if err != nil {
		return err
	}
	var out struct {
		Token TokenInfo `json:"token"`
	}
	if err := a.call(ctx, http.MethodPost, t.Server+"/token/v1/confirmations", body, "", &out); err != nil {
		t.Counter = counter // the same code again
		return err
	}
	t.TokenID, t.Serial = out.Token.ID, out.Token.Serial
	return nil
}
