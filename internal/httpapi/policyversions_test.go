package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/policy"
)

func (w *world) readPolicies(path string) *response {
	w.Helper()
	return w.do(request{method: http.MethodGet, path: path, scopes: client.PoliciesRead})
}

// store keeps a changed document and returns its number.
func (w *world) store(change func(*policy.Set)) int64 {
	w.Helper()
	s := policy.Version0()
	change(s)
	doc, err := s.Format()
	if err != nil {
		w.Fatal(err)
	}
	v, err := w.api.Policies.Store(w.Context(), audit.System("test"), append([]byte("# kept\n"), doc...))
	if err != nil {
		w.Fatal(err)
	}
	return v
}

func TestPolicyVersionsAreRead(t *testing.T) {
	w := node(t, nil)
	one := w.store(func(s *policy.Set) { s.Registration.CodeLength = 20 })
	two := w.store(func(s *policy.Set) { s.Registration.CodeLength = 24 })
	if err := w.api.Policies.Activate(t.Context(), audit.System("test"), 0, two); err != nil {
		t.Fatal(err)
	}
	all := w.readPolicies("/v1/policies/versions").status(http.StatusOK).has(fields{"next_cursor": nil})
	all.first("versions", fields{"version": two, "active": true, "by": "system:test"})
	if list, _ := all.value["versions"].([]any); len(list) != 3 {
		t.Errorf("%v", all)
	}
	cursor := ""
	for i, want := range []fields{{"version": two, "active": true}, {"version": one, "active": false}, {"version": 0, "active": false, "stored_at": nil, "by": nil}} {
		page := w.readPolicies("/v1/policies/versions?limit=1" + cursor).status(http.StatusOK)
		page.first("versions", want)
		if cursor = "&cursor=" + page.text("next_cursor"); (i == 2) != (cursor == "&cursor=") {
			t.Errorf("page %d: %v", i, page)
		}
	}
	for _, bad := range []string{"x", "0", "-1", "1.5"} {
		w.readPolicies("/v1/policies/versions?cursor="+bad).problem(http.StatusUnprocessableEntity, "policy.cursor").has(fields{"field": "cursor"})
	}

	got := w.readPolicies("/v1/policies/versions/1").status(http.StatusOK).has(fields{"version": 1, "document.registration.code_length": 20})
	if !strings.HasPrefix(got.text("yaml"), "# kept\n") {
		t.Errorf("the stored text is %q", got.text("yaml"))
	}
	w.readPolicies("/v1/policies/versions/3").problem(http.StatusNotFound, "policy.unknown")

	w.readPolicies("/v1/policies/versions/2/differences?from=1").status(http.StatusOK).first("changes", fields{"path": "registration.code_length", "old": "20", "new": "24"})
	w.readPolicies("/v1/policies/versions/1/differences?from=1").status(http.StatusOK).has(fields{"changes": "[]"})
	w.readPolicies("/v1/policies/versions/2/differences?from=9").problem(http.StatusNotFound, "policy.unknown")
	w.readPolicies("/v1/policies/versions/9/differences").problem(http.StatusNotFound, "policy.unknown")
	w.readPolicies("/v1/policies/versions/2/differences?from=-1").status(http.StatusUnprocessableEntity)
}

// TestImportByOneApplication: no application brings tokens into stock where the
// policies want two people; a dry run changes nothing and is let through.
func TestImportByOneApplication(t *testing.T) {
	w := node(t, nil)
	strict := w.store(func(s *policy.Set) { s.FourEyes.Acts = []policy.Act{policy.ActImport} })
	if err := w.api.Policies.Activate(t.Context(), audit.System("test"), 0, strict); err != nil {
		t.Fatal(err)
	}
	const file = "Z1,3132333435363738393031323334353637383930,hotp\n"
	w.upload("hash", "sha1", "file", file).problem(http.StatusForbidden, "foureyes.needed")
	w.upload("hash", "sha1", "dry_run", "true", "file", file).status(http.StatusOK).has(fields{"imported": 1})
	w.upload("hash", "sha1", "file", file).problem(http.StatusForbidden, "foureyes.needed")
}

// TestOutcomesNameTheirVersion: each outcome, granted or refused, names the version
// that was in force when it was decided, and so does the audit log.
func TestOutcomesNameTheirVersion(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		open := w.post("/v1/authentications", fields{"customer_number": "10023", "purpose": "login", "channel": "web"}).
			status(http.StatusCreated).has(fields{"state": "open", "policy_version": 0})
		version := w.store(func(s *policy.Set) { s.Policies[0].Events.Window = 20 })
		if err := w.api.Policies.Activate(w.Context(), audit.System("test"), 0, version); err != nil {
			w.Fatal(err)
		}
		w.post("/v1/authentications/"+open.text("authentication")+"/steps", fields{"code": hotp("7700001", 5)}).
			status(http.StatusOK).has(fields{"state": "granted", "policy_version": version})
		w.login("10023", "000000").status(http.StatusCreated).has(fields{"accepted": false, "policy_version": version})
		var records int
		err := w.d.Read(w.Context(), func(tx *db.Tx) error {
			return tx.Each(`SELECT details FROM journal WHERE kind IN ('authentication.granted', 'authentication.refused')`, nil, func(r db.Row) error {
				var details []byte
				err := r.Scan(&details)
				if strings.Contains(string(details), `"policy_version":1`) {
					records++
				}
				return err
			})
		})
		if err != nil || records != 2 {
			w.Errorf("%d records name the version, %v", records, err)
		}
	})
}
