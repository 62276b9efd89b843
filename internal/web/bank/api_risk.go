package bank

import (
	"context"
	"net/http"
)

// Actions that are judged before they are carried out, in the words of the risk engine.
const (
	actPassword = "password.change"
	actPhone    = "phone.change"
	actMore     = "history.view" // the past beyond 90 days
	actDevice   = "device.add"
	signItem    = "password+passcode" // what an action is signed with
)

// judgeAction has something judged that moves no money (F-6.4.1). Its reference is a new one:
// a customer may do the same twice.
func (a *api) judgeAction(ctx context.Context, from circumstances, customer, typ string) (v verdict, err error) {
	reference, err := randomName(a.rand)
	if err != nil {
		return v, err
	}
	in := struct {
		Customer  string        `json:"customer_number"`
		Reference string        `json:"reference"`
		Channel   string        `json:"channel"`
		Type      string        `json:"type"`
		From      circumstances `json:"circumstances"`
	}{customer, reference, webChannel, typ, from}
	err = a.call(ctx, http.MethodPost, at("risk", "actions"), in, &v)
	return v, err
}

// endAction tells that an action was signed with two factors and carried out.
func (a *api) endAction(ctx context.Context, customer, event string) error {
	in := struct {
		Customer string `json:"customer_number"`
		Item     string `json:"item,omitempty"`
		Accepted bool   `json:"accepted,omitempty"` // of a signature
	}{customer, signItem, true}
	if err := a.call(ctx, http.MethodPost, at("risk", "events", event, "sign"), in, nil); err != nil {
		return err
	}
	in.Item, in.Accepted = "", false
	return a.call(ctx, http.MethodPost, at("risk", "events", event, "complete"), in, nil)
}
