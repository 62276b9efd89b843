package mssserver_test

import (
	"crypto/tls"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/ota/applet"
)

// TestLavercaIsServed: chunked bodies on one connection, an empty MSSP_ID, and the AP_TransID of the signature request
// sent again with each question.
func TestLavercaIsServed(t *testing.T) {
	t.Parallel()
	each(t, func(x *provider.Terms) { x.Success = provider.SuccessMade }, func(t *testing.T, w *world) {
		l := w.listening()(t)
		status, media, answer := l.plays("laverca-signature")
		if status != http.StatusOK || !strings.EqualFold(media, "application/soap+xml;charset=UTF-8") {
			t.Errorf("status %d, %s", status, media)
		}
		l.holds("asked", answer, "<MSS_SignatureResponse><mss:MSS_SignatureResp ", "<mss:AP_Info ", `AP_TransID="A20261122-0001"`, "<mss:MSSP_Info ", "<mss:MSSP_ID><mss:URI>https://mss.bank.example</mss:URI></mss:MSSP_ID>",
			"<mss:MSISDN>+436641234567</mss:MSISDN>", `<mss:StatusCode Value="100">`, "<mss:StatusMessage>REQUEST_OK</mss:StatusMessage>")
		if strings.Contains(answer, "sixteen-letters") {
			t.Error("the answer has the password")
		}
		handle := l.begun(answer)
		for range 2 {
			_, _, answer = l.plays("laverca-status", nobodys, handle)
			l.holds("outstanding", answer, "<MSS_StatusQueryResponse><mss:MSS_StatusResp ", `Value="504"`)
		}
		w.people.end(handle, valid)
		status, _, answer = l.plays("laverca-status", nobodys, handle)
		l.holds("signed", answer, "<MSS_StatusQueryResponse><mss:MSS_StatusResp ", "<mss:MSS_Signature><mss:Base64Signature>Y21z</mss:Base64Signature></mss:MSS_Signature>", "<mss:Status>", `Value="500"`)
		if got := w.people.last(); status != http.StatusOK || got.Text != "Shop: pay 25.00 EUR to Grocer" || got.Content.Text != "Shop: order 4711 for 25.00 EUR" || got.TTL.Minutes() != 5 {
			t.Errorf("status %d; asked for %+v", status, got)
		}
	})
}

// TestSwisscomIsServed: one address for everything, mutual TLS, several connections at once, a Content-Encoding that is
// none, all values as strings, a new AP_TransID of 39 characters in each message, and the language LANGUAGE.
func TestSwisscomIsServed(t *testing.T) {
	t.Parallel()
	each(t, func(x *provider.Terms) { x.Success = provider.SuccessMade }, func(t *testing.T, w *world) {
		cert, key, pin := identity(t)
		own, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.providers.Update(t.Context(), officer, w.shop.ID, func(x *provider.Terms) { x.PasswordOnly, x.Pins = false, []provider.Pin{pin} }); err != nil {
			t.Fatal(err)
		}
		dial := w.listening()
		status, media, answer := dial(t).plays("swisscom-signature")
		want(t, "without a certificate", status, media, answer, http.StatusInternalServerError, "_104")

		l := dial(t, own)
		status, media, answer = l.plays("swisscom-signature")
		got := want(t, "asked", status, media, answer, http.StatusOK, "MSS_SignatureResp")
		if got["MajorVersion"] != "1" || got["MinorVersion"] != "2" || value(got) != "100" || got["AP_Info"].(map[string]any)["AP_TransID"] != "ID-3f2b1c9e-0d4a-4b7e-9a51-2c6f8e7d1a05" || got["MobileUser"].(map[string]any)["MSISDN"] != "436641234567" {
			t.Errorf("asked: %s", answer)
		}
		if in := w.people.last(); in.Language != "en" || in.TTL.Seconds() != 80 || in.Role != applet.Authentication || in.User.Number != "436641234567" {
			t.Errorf("asked for %+v", in)
		}
		handle := l.begun(answer)
		var wg sync.WaitGroup
		for range 4 {
			side := dial(t, own)
			wg.Go(func() {
				if status, media, answer := side.plays("swisscom-status", nobodys, handle); status != http.StatusOK || !strings.Contains(answer, `"Value":"504"`) {
					t.Errorf("outstanding: %d %s %s", status, media, answer)
				}
			})
		}
		wg.Wait()
		w.people.end(handle, valid)
		status, media, answer = l.plays("swisscom-status", nobodys, handle)
		got = want(t, "signed", status, media, answer, http.StatusOK, "MSS_StatusResp")
		if signature, _ := got["MSS_Signature"].(map[string]any); value(got) != "500" || signature["Base64Signature"] != "Y21z" {
			t.Errorf("signed: %s", answer)
		}

		status, media, answer = l.plays("swisscom-receipt", nobodys, handle)
		if got = want(t, "receipt", status, media, answer, http.StatusOK, "MSS_ReceiptResp"); value(got) != "100" {
			t.Errorf("receipt: %s", answer)
		}
		if diff := cmp.Diff([]mobileid.Message{{Text: "Shop: thank you", Acknowledge: true}}, w.people.shown); diff != "" {
			t.Error(diff)
		}

		blocked := mobileid.CardKey{Algorithm: "ecdsa-p256", Tries: 0}
		w.people.profile = mobileid.Profile{
			MobileID: mobileid.MobileID{State: mobileid.StateActive}, Status: &mobileid.CardStatus{Keys: []mobileid.CardKey{blocked}},
			Certificates: []mobileid.Certificate{{Role: applet.Authentication, DER: leaf(t, "MIDCS12345678901")}},
		}
		status, media, answer = l.plays("swisscom-profile")
		got = want(t, "profile", status, media, answer, http.StatusOK, "MSS_ProfileResp")
		all, _ := got["SignatureProfile"].([]any)
		if value(got) != "100" || len(all) != 4 || !strings.Contains(answer, "http://mid.swisscom.ch/MID/v1/AuthProfile1") {
			t.Errorf("profile: %s", answer)
		}
		l.holds("profile", answer, `"State":"ACTIVE"`, `"PinStatus":{"blocked":"true"}`, `"MobileUserCertificate":[{"State":"ACTIVE","Algorithm":"ECDSA","X509Certificate":"`, "SERIALNUMBER=MIDCS12345678901")

		_, _, answer = l.plays("swisscom-signature", "ID-3f2b1c9e", "ID-4f2b1c9e")
		handle = l.begun(answer)
		w.people.end(handle, func(x *mobileid.Transaction) { x.Status = mobileid.Canceled })
		status, media, answer = l.plays("swisscom-status", nobodys, handle)
		want(t, "canceled", status, media, answer, http.StatusInternalServerError, "_401")
		if !strings.Contains(answer, `"Reason":"USER_CANCEL"`) {
			t.Errorf("canceled: %s", answer)
		}
	})
}

// TestValimoIsServed: text/xml around a SOAP 1.2 envelope, the paths of another product, MSSP_TransID as an element; the
// answers are not qualified, and the personal code is UserIdentifier.
func TestValimoIsServed(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		l := w.listening()(t)
		status, media, answer := l.plays("valimo-signature")
		if status != http.StatusOK || !strings.EqualFold(media, "text/xml;charset=UTF-8") {
			t.Errorf("status %d, %s", status, media)
		}
		l.holds("asked", answer, "<MSS_SignatureResponse><MSS_SignatureResp ", `Value="100"`)
		handle := l.begun(answer)
		_, _, answer = l.plays("valimo-status", nobodys, handle)
		l.holds("outstanding", answer, "<MSS_StatusQueryResponse><MSS_StatusResp ", `Value="504"`)
		w.people.end(handle, func(x *mobileid.Transaction) {
			valid(x)
			x.Certificate = leaf(t, "MIDCS12345678901")
		})
		_, _, answer = l.plays("valimo-status", nobodys, handle)
		l.holds("signed", answer, "<MSS_StatusResp ", "UserIdentifier>MIDCS12345678901<", "Base64Signature>Y21z<", `Value="502"`)
		_, _, answer = l.plays("valimo-status")
		l.holds("nobody's", answer, "Sender", ":_101<")
	})
}

// TestZeepsOctetsAreServed: prefixes that change from element to element, and an Instant with an offset.
func TestZeepsOctetsAreServed(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		l := w.listening()(t)
		status, media, answer := l.plays("zeep-signature")
		if status != http.StatusOK || !strings.EqualFold(media, "application/soap+xml;charset=UTF-8") {
			t.Errorf("status %d, %s", status, media)
		}
		l.holds("asked", answer, "<MSS_SignatureResponse><MSS_SignatureResp ", `Value="100"`)
		if got := w.people.last(); got.Event != "A123" || got.User.Number != "00436641234567" {
			t.Errorf("asked for %+v", got)
		}
	})
}

// TestAKeyIsNotChosenByItsName: a profile says which key signs; a reference to another one is refused, and nobody asked.
func TestAKeyIsNotChosenByItsName(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		l := w.listening()(t)
		const key = "<mss:KeyReference><mss:CertificateIssuerDN>CN=Another</mss:CertificateIssuerDN></mss:KeyReference>"
		status, _, answer := l.plays("laverca-signature", "<mss:MSS_Format>", key+"<mss:MSS_Format>")
		if status != http.StatusInternalServerError || len(w.people.asked) != 0 {
			t.Errorf("status %d, %d were asked", status, len(w.people.asked))
		}
		l.holds("refused", answer, "Sender", ":_101<", "KeyReference")
	})
}
