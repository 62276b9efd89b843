package mssserver_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/mss"
)

func data(text, kind, encoding string) mss.Data {
	return mss.Data{Given: true, Text: text, MimeType: kind, Encoding: encoding}
}

// TestRequestsThatAreWrong: each fault that a request can be answered with before anybody is asked.
func TestRequestsThatAreWrong(t *testing.T) {
	t.Parallel()
	each(t, func(x *provider.Terms) {
		x.Profiles = []string{alauda + "nonRepudiation", alauda + "digitalSignature", ficom + "digestive-signature-profile.xml"}
	}, func(t *testing.T, w *world) {
		w.register("urn:bare", func(x *provider.Terms) { x.Entitled = false })
		service := func(uri, value string) []mss.Service { return []mss.Service{{Description: uri, Value: value}} }
		for name, c := range map[string]struct {
			change       func(*mss.SignatureRequest)
			code, second int
		}{
			"a number with letters":  {func(q *mss.SignatureRequest) { q.User.MSISDN = "+43 664 x" }, mss.WrongParam, mss.MalformedUser},
			"a number with blanks":   {func(q *mss.SignatureRequest) { q.User.MSISDN = "+43 664 1234567" }, mss.WrongParam, mss.MalformedUser},
			"a plus inside":          {func(q *mss.SignatureRequest) { q.User.MSISDN = "43+6641234567" }, mss.WrongParam, mss.MalformedUser},
			"a short number":         {func(q *mss.SignatureRequest) { q.User.MSISDN = "12" }, mss.WrongParam, mss.MalformedUser},
			"a long number":          {func(q *mss.SignatureRequest) { q.User.MSISDN = "+43664123456789012345" }, mss.WrongParam, mss.MalformedUser},
			"no number":              {func(q *mss.SignatureRequest) { q.User.MSISDN = "" }, mss.MissingParam, mss.MalformedUser},
			"two names":              {func(q *mss.SignatureRequest) { q.User.Identifier = "MIDCS12345678901" }, mss.WrongParam, mss.MalformedUser},
			"nothing to sign":        {func(q *mss.SignatureRequest) { q.Data = mss.Data{} }, mss.MissingParam, mss.MissingData},
			"a text too long":        {func(q *mss.SignatureRequest) { q.Data.Text = strings.Repeat("a", 161) }, mss.WrongDataLength, 0},
			"a display too long":     {func(q *mss.SignatureRequest) { q.Display = data(strings.Repeat("a", 111), "", "") }, mss.WrongDataLength, 0},
			"signs that count twice": {func(q *mss.SignatureRequest) { q.Display = data(strings.Repeat("€", 56), "", "") }, mss.WrongDataLength, 0},
			"SHA-1":                  {func(q *mss.SignatureRequest) { q.Data = data("AAAA", "application/x-sha1", "base64") }, mss.WrongParam, mss.WrongEncoding},
			"half a digest": {func(q *mss.SignatureRequest) {
				q.Data, q.Display = data("AAAA", "application/x-sha256", "base64"), data("A document", "", "")
			}, mss.WrongParam, mss.WrongEncoding},
			"a document without text": {func(q *mss.SignatureRequest) { q.Data = data("AAAA", "application/octet-stream", "base64") }, mss.MissingParam, mss.MissingDisplay},
			"no base64":               {func(q *mss.SignatureRequest) { q.Data = data("?", "text/plain", "base64") }, mss.WrongParam, mss.WrongEncoding},
			"another encoding":        {func(q *mss.SignatureRequest) { q.Data = data("a", "text/plain", "ISO-8859-1") }, mss.WrongParam, mss.WrongEncoding},
			"a picture":               {func(q *mss.SignatureRequest) { q.Display = data("AAAA", "application/octet-stream", "base64") }, mss.WrongParam, mss.DisplayNotSupported},
			"no such format":          {func(q *mss.SignatureRequest) { q.Format = "http://uri.etsi.org/TS102204/v1.1.2#XML" }, mss.WrongParam, mss.WrongFormat},
			"no such profile":         {func(q *mss.SignatureRequest) { q.Profile = "http://alauda.mobi/anonymous" }, mss.UnsupportedProfile, 0},
			"an anonymous profile":    {func(q *mss.SignatureRequest) { q.Profile = ficom + "anonymous-profile.xml" }, mss.UnsupportedProfile, 0},
			"a prohibited profile":    {func(q *mss.SignatureRequest) { q.Profile = ficom + "signature-profile.xml" }, mss.UnauthorizedAccess, mss.ProhibitedProfile},
			"nothing is better":       {func(q *mss.SignatureRequest) { q.Comparison = mss.Better }, mss.UnsupportedProfile, 0},
			"no profile":              {func(q *mss.SignatureRequest) { q.AP.ID, q.Profile = "urn:bare", "" }, mss.MissingParam, 0},
			"text for documents":      {func(q *mss.SignatureRequest) { q.Profile = ficom + "digestive-signature-profile.xml" }, mss.InappropriateData, mss.WrongEncoding},
			"another service":         {func(q *mss.SignatureRequest) { q.Services = service(mss.FiComSpace+"personIdentity", "") }, mss.WrongParam, mss.UnknownService},
			"an empty spam code":      {func(q *mss.SignatureRequest) { q.Services = service(mss.ServiceSpamCode, "") }, mss.MissingParam, mss.MissingSpamCode},
			"a spam code of digits":   {func(q *mss.SignatureRequest) { q.Services = service(mss.ServiceSpamCode, "1234") }, mss.WrongParam, mss.InvalidSpamCode},
			"a control that is none":  {func(q *mss.SignatureRequest) { q.Services = service(mss.ServiceControl, "guessed") }, mss.WrongParam, 0},
			"an event without id":     {func(q *mss.SignatureRequest) { q.Services = service(mss.ServiceEventID, "") }, mss.MissingParam, 0},
			"a service twice": {func(q *mss.SignatureRequest) {
				q.Services = append(service(mss.ServiceValidate, ""), service(mss.ServiceValidate, "")...)
			}, mss.WrongParam, 0},
			"a day that has passed":  {func(q *mss.SignatureRequest) { q.Valid = noon.Add(-time.Second) }, mss.ValidityDatePassed, 0},
			"a day that soon passes": {func(q *mss.SignatureRequest) { q.Valid = noon.Add(29 * time.Second) }, mss.ValidityDatePassed, 0},
			"no registered address":  {func(q *mss.SignatureRequest) { q.Mode, q.AP.URL = mss.AsynchServerServer, "https://elsewhere.example/" }, mss.NoURLFound, 0},
			"an instant in the past": {func(q *mss.SignatureRequest) { q.AP.Instant = noon.Add(-11 * time.Minute) }, mss.WrongParam, 0},
			"an instant to come":     {func(q *mss.SignatureRequest) { q.AP.Instant = noon.Add(11 * time.Minute) }, mss.WrongParam, 0},
			"a long AP_TransID":      {func(q *mss.SignatureRequest) { q.AP.TransID = strings.Repeat("a", 65) }, mss.WrongParam, 0},
			"another version":        {func(q *mss.SignatureRequest) { q.Major = 3 }, mss.IncompatibleInterf, 0},
			"another provider":       {func(q *mss.SignatureRequest) { q.AP.ID = "urn:nobody" }, mss.UnauthorizedAccess, 0},
			"another password":       {func(q *mss.SignatureRequest) { q.AP.Password = "seventeen-letters" }, mss.UnauthorizedAccess, 0},
			"no password":            {func(q *mss.SignatureRequest) { q.AP.Password = "" }, mss.MissingParam, 0},
			"no mode":                {func(q *mss.SignatureRequest) { q.Mode = "" }, mss.MissingParam, 0},
			"another mode":           {func(q *mss.SignatureRequest) { q.Mode = "later" }, mss.WrongParam, mss.WrongMode},
		} {
			q := w.order()
			c.change(q)
			_, err := w.call(mss.Signature, q)
			wantFault(t, name, err, c.code, c.second)
		}
		if n := len(w.people.asked); n != 0 {
			t.Errorf("%d people were asked", n)
		}
	})
}

const ficom = "http://mss.ficom.fi/TS102206/v1.0.0/"

// TestWhatIsNotAllowedNowHasItsFault: what package mobileid refuses.
func TestWhatIsNotAllowedNowHasItsFault(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		for code, want := range map[string]struct {
			err          error
			code, second int
		}{
			"mobileid.number":       {fault.Invalidf("mobileid.number", "x"), mss.WrongParam, mss.MalformedUser},
			"mobileid.unknown":      {fault.NotFoundf("mobileid.unknown", "x"), mss.UnknownClient, mss.UnknownUser},
			"mobileid.suspended":    {fault.Deniedf("mobileid.suspended", "x"), mss.UnauthorizedAccess, mss.SuspendedUser},
			"mobileid.hold":         {fault.Deniedf("mobileid.hold", "x"), mss.UnauthorizedAccess, mss.SuspendedUser},
			"mobileid.spam_missing": {fault.Deniedf("mobileid.spam_missing", "x"), mss.MissingParam, mss.MissingSpamCode},
			"mobileid.spam_wrong":   {fault.Deniedf("mobileid.spam_wrong", "x"), mss.WrongParam, mss.InvalidSpamCode},
			"mobileid.no_key":       {fault.Conflictf("mobileid.no_key", "x"), mss.NoKeyFound, mss.KeyMissing},
			"mobileid.card":         {fault.Conflictf("mobileid.card", "x"), mss.OTAError, mss.CardNotKnown},
			"mobileid.role":         {fault.Deniedf("mobileid.role", "x"), mss.UnsupportedProfile, 0},
			"mobileid.text":         {fault.Invalidf("mobileid.text", "x"), mss.InappropriateData, 0},
			"mobileid.prefix":       {fault.Invalidf("mobileid.prefix", "x"), mss.InappropriateData, 0},
			"mobileid.too_long":     {fault.Invalidf("mobileid.too_long", "x"), mss.WrongDataLength, 0},
			"mobileid.duplicate":    {fault.Conflictf("mobileid.duplicate", "x"), mss.WrongParam, 0},
			"mobileid.busy":         {fault.Conflictf("mobileid.busy", "x"), mss.PBSignatureProcess, 0},
			"mobileid.limited":      {fault.Limitedf(time.Minute, "mobileid.limited", "x"), mss.PBSignatureProcess, 0},
			"mobileid.cool_down":    {fault.Limitedf(time.Minute, "mobileid.cool_down", "x"), mss.PBSignatureProcess, 0},
			"another that is wrong": {fault.Invalidf("some.thing", "x"), mss.WrongParam, 0},
			"another prohibition":   {fault.Deniedf("some.thing", "x"), mss.UnauthorizedAccess, 0},
			"another state":         {fault.Conflictf("some.thing", "x"), mss.PBSignatureProcess, 0},
			"something that is not": {fault.NotFoundf("some.thing", "x"), mss.UnknownClient, mss.UnknownUser},
			"no database":           {fault.Unavailablef(nil, "some.thing", "x"), mss.InternalError, mss.ServerError},
			"an accident":           {http.ErrAbortHandler, mss.InternalError, mss.ServerError},
		} {
			w.people.refuse = want.err
			_, err := w.call(mss.Signature, w.order())
			wantFault(t, code, err, want.code, want.second)
		}
	})
}

// TestOutcomesHaveTheirCodes: every state that a request can come to, and every reason that is told.
func TestOutcomesHaveTheirCodes(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		for _, c := range []struct {
			state        mobileid.Status
			reason       mobileid.Reason
			code, second int // a fault; or a status, with -1
		}{
			{mobileid.Asked, "", mss.OutstandingTransaction, -1},
			{mobileid.Delivered, "", mss.OutstandingTransaction, -1},
			{mobileid.Signed, "", mss.OutstandingTransaction, -1},
			{mobileid.Valid, "", mss.ValidSignature, -1},
			{mobileid.Revoked, mobileid.RevokedCert, mss.RevokedCertificate, -1},
			{mobileid.Invalid, mobileid.WrongSignature, mss.InvalidSignature, -1},
			{mobileid.Invalid, mobileid.WrongDigest, mss.InvalidSignature, -1},
			{mobileid.Invalid, mobileid.NoCertificate, mss.NoCertFound, 0},
			{mobileid.Invalid, mobileid.NoRevocation, mss.CRLProblem, 0},
			{mobileid.Invalid, mobileid.StaleRevocation, mss.CRLExpired, 0},
			{mobileid.Invalid, mobileid.BadCertificate, mss.ErrorCertificate, 0},
			{mobileid.Canceled, "", mss.UserCancel, mss.Canceled},
			{mobileid.Reported, "", mss.UserCancel, mss.Canceled},
			{mobileid.Postponed, "", mss.UserCancel, mss.Postponed},
			{mobileid.WrongPIN, "", mss.UserCancel, mss.WrongPIN},
			{mobileid.WrongControl, "", mss.UserCancel, mss.Canceled},
			{mobileid.PINBlocked, "", mss.PINBlocked, mss.PINIsBlocked},
			{mobileid.PINBlocked, mobileid.PUKBlocked, mss.CardBlocked, mss.PUKIsBlocked},
			{mobileid.TimedOut, mobileid.ServerTime, mss.ExpiredTransaction, mss.ServerTimeout},
			{mobileid.Undelivered, mobileid.PhoneAbsent, mss.OTAError, mss.PhoneAbsent},
			{mobileid.Undelivered, mobileid.NoCard, mss.OTAError, mss.CardNotKnown},
			{mobileid.Undelivered, mobileid.CenterRefused, mss.OTAError, mss.OTAUnknown},
			{mobileid.Failed, mobileid.NoKey, mss.NoKeyFound, mss.KeyMissing},
			{mobileid.Failed, mobileid.CardBusy, mss.PBSignatureProcess, 0},
			{mobileid.Failed, mobileid.TooLongForCard, mss.WrongDataLength, 0},
			{mobileid.Failed, mobileid.Unsupported, mss.OTAError, mss.CardCapabilities},
			{mobileid.Failed, mobileid.CardError, mss.OTAError, mss.OTAUnknown},
			{mobileid.Failed, mobileid.BadAnswer, mss.InternalError, mss.SIMApplicationError},
			{mobileid.Withdrawn, "", mss.ExpiredTransaction, mss.ServerTimeout},
			{mobileid.Done, "", mss.InternalError, mss.ServerError},
		} {
			handle := w.begun().TransID
			w.people.end(handle, func(x *mobileid.Transaction) {
				if c.state == mobileid.Valid {
					valid(x)
				}
				x.Status, x.Reason = c.state, c.reason
			})
			got, err := w.status(handle)
			name := string(c.state) + " " + string(c.reason)
			if c.second >= 0 {
				wantFault(t, name, err, c.code, c.second)
			} else if err != nil || got.Status.Code != c.code || got.Status.Message != mss.Name(c.code) {
				t.Errorf("%s: %+v, %v, want %d", name, got, err, c.code)
			}
		}
	})
}

// TestEveryStateHasAnOutcome: a state that is added to package mobileid is answered, and none with a mismatch of
// constraints, which nobody can ask for.
func TestEveryStateHasAnOutcome(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		for _, s := range mobileid.Statuses() {
			handle := w.begun().TransID
			w.people.end(handle, func(x *mobileid.Transaction) { x.Status = s })
			got, err := w.status(handle)
			if err == nil && got.Status.Code == mss.ConstraintMismatch {
				t.Errorf("%s: %+v", s, got.Status)
			}
			if s != mobileid.Done && err != nil && strings.Contains(err.Error(), "no request for a signature") {
				t.Errorf("%s has no outcome", s)
			}
		}
	})
}

func TestATimeoutTellsStrangersNothing(t *testing.T) {
	t.Parallel()
	each(t, func(x *provider.Terms) { x.Entitled = false }, func(t *testing.T, w *world) {
		for name, end := range map[string]func(*mobileid.Transaction){
			"nobody has the number":    func(x *mobileid.Transaction) { x.Withheld = mobileid.NoCard },
			"the phone did not answer": func(*mobileid.Transaction) {},
			"the person did not":       func(x *mobileid.Transaction) { x.Delivered = noon },
		} {
			handle := w.begun().TransID
			w.people.end(handle, func(x *mobileid.Transaction) { x.Status = mobileid.TimedOut; end(x) })
			_, err := w.status(handle)
			wantFault(t, name, err, mss.ExpiredTransaction, mss.UserTimeout)
			if got := err.Error(); got != "mss: 208 EXPIRED_TRANSACTION: 2082: Nobody answered in time." {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}

func TestFaultsOfTheTransport(t *testing.T) {
	t.Parallel()
	each(t, func(x *provider.Terms) { x.Rate, x.Burst = 1, 2 }, func(t *testing.T, w *world) {
		post := func(path, kind, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader([]byte(body)))
			r.Header.Set("Content-Type", kind)
			return w.send(r)
		}
		const port = "/soap/services/MSS_SignaturePort"
		for name, c := range map[string]struct {
			path, kind, body string
			status           int
		}{
			"another address":    {"/soap/services/Other", mss.MediaSOAP, "<a/>", http.StatusNotFound},
			"another media type": {port, "text/html", "<a/>", http.StatusUnsupportedMediaType},
			"a large body":       {port, mss.MediaSOAP, strings.Repeat("a", 65<<10), http.StatusRequestEntityTooLarge},
			"no XML":             {port, mss.MediaSOAP, "{}", http.StatusInternalServerError},
			"no JSON":            {"/rest/service", mss.MediaJSON, "<a/>", http.StatusInternalServerError},
		} {
			if got := post(c.path, c.kind, c.body); got.Code != c.status {
				t.Errorf("%s: status %d, want %d: %s", name, got.Code, c.status, got.Body)
			}
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, port, nil)
		if got := w.send(r); got.Code != http.StatusMethodNotAllowed {
			t.Errorf("GET: status %d", got.Code)
		}
		body := func() string {
			return string((&mss.Envelope{Operation: mss.Signature, Message: w.order()}).WriteRequest())
		}
		roaming := strings.Replace(body(), "<env:Body>", `<env:Header><r:RoamingHeader xmlns:r="`+mss.RoamingSpace+`"/></env:Header><env:Body>`, 1)
		_, err := w.read(post(port, mss.MediaSOAP, roaming))
		wantFault(t, "roaming", err, mss.PeerUnavailable, 0)
		_, err = w.read(post(port, mss.MediaSOAP, strings.ReplaceAll(body(), mss.EnvelopeSpace, "http://schemas.xmlsoap.org/soap/envelope/")))
		wantFault(t, "SOAP 1.1", err, mss.IncompatibleInterf, 0)
		_, err = w.callIn(mss.Dialect{JSON: true}, mss.Notification, &mss.StatusResponse{Base: w.base()})
		wantFault(t, "a notification", err, mss.WrongParam, 0)
		for range 2 {
			post(port, mss.MediaSOAP, body())
		}
		if got := post(port, mss.MediaSOAP, body()); got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") == "" {
			t.Errorf("too many requests: status %d", got.Code)
		}
	})
}
