package smsgateway

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/countersign-auth/countersign/internal/sms"
)

const (
	maxReceipt   = 16 << 10 // bytes
	maxReference = 100      // bytes
)

// notice is the body of a receipt. Fields that are not known are passed over: the
// service is not ours.
type notice struct {
	Type string `json:"type"`
	Data struct {
		Reference string    `json:"reference"`
		State     sms.State `json:"state"`
		Code      string    `json:"code"`
	} `json:"data"`
}

// ServeHTTP takes one receipt; see the package comment. It tells who may not send
// receipts nothing but that.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReceipt))
	if err != nil {
		status := http.StatusBadRequest
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			status = http.StatusRequestEntityTooLarge
		}
		w.WriteHeader(status)
		return
	}
	h := r.Header
	if !signed(g.Secrets, h.Get("Webhook-Id"), h.Get("Webhook-Timestamp"), h.Get("Webhook-Signature"), body, g.Now()) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	x, ok := g.read(body)
	if !ok {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if err := g.Receiver.Receive(r.Context(), x); err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (g *Gateway) read(body []byte) (x sms.Receipt, ok bool) {
	var n notice
	if json.Unmarshal(body, &n) != nil || n.Type != "sms.receipt" || n.Data.Reference == "" || len(n.Data.Reference) > maxReference {
		return x, false
	}
	switch n.Data.State { //nolint:exhaustive // the others are ours to say
	case sms.Delivered, sms.Failed, sms.Expired, sms.Unknown:
		return sms.Receipt{Gateway: g.Config.Name, Reference: n.Data.Reference, State: n.Data.State, Code: n.Data.Code}, true
	}
	return x, false
}
