package dskpp_test

import (
	"errors"
	"testing"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/pskc"
)

// D-26, D-27, IP-05: a trigger carries the code; the client repeats what it names and
// computes its proof afresh.
func TestD26_Trigger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tr := dskpp.NewTrigger(url, w.code)
	tr.Device, tr.KeyID = &phone, []byte("OLD1")
	tr.Platform = &dskpp.Platform{KeyLocation: "Software", AlgorithmLocation: "Software"}
	a := w.desk.activations[w.code.ClientID]
	a.Device, a.KeyID = tr.Device, tr.KeyID
	w.desk.activations[w.code.ClientID] = a

	read, err := dskpp.ParseTrigger(tr.Format())
	if err != nil {
		t.Fatal(err)
	}
	tokens := func(id []byte) (pskc.Secret, bool) { return w.desk.old[string(id)].Token, true }
	c, err := dskpp.ClientFor(read, tokens)
	if err != nil {
		t.Fatal(err)
	}
	c.FourPass, c.Rand = true, &stream{seed: "client"}
	k, err := w.run(t, c)
	if err != nil {
		t.Fatal(err, w.last.Why)
	}
	w.same(t, k)
	if !w.pending[0].Device.Same(&phone) || string(k.Replaces) != "OLD1" {
		t.Error("the trigger was not repeated")
	}
	if _, err := dskpp.ClientFor(read, nil); err == nil {
		t.Error("a trigger for a key that is not here was taken")
	}
}

// IP-05: the MAC in a trigger of RFC 6063's own is read and not used.
func TestIP05_ForeignTriggers(t *testing.T) {
	t.Parallel()
	tr, err := dskpp.ParseTrigger(file(t, "rfc6063-b1-trigger.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if tr.ServerURL != "keyprovservice.example.com" || string(tr.KeyID) != "HOTP00000001" || tr.Device.Device.SerialNo != "987654321" || tr.Platform.KeyLocation != "Hardware" || tr.Authentication.CodeMAC.Iterations != 512 {
		t.Errorf("%+v", tr)
	}
	if _, err := tr.Code(); !errors.Is(err, dskpp.ErrCode) {
		t.Error(err)
	}
	if _, err := dskpp.ParseTrigger(file(t, "rfc6063-b21-hello.xml")); status(t, err) != dskpp.MalformedRequest {
		t.Error(err)
	}
	other := &dskpp.Trigger{Version: dskpp.Version{Major: 1}, Authentication: dskpp.AuthenticationData{ClientID: "FF", Foreign: dskpp.NewTrigger(url, newWorld(t).code).Authentication.Foreign}}
	if _, err := other.Code(); !errors.Is(err, dskpp.ErrCode) {
		t.Error("a code of another client was taken from a trigger")
	}
}
