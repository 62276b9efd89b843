package httpapi_test

import (
	"net/http"
	"testing"
)

// F-4.1 and F-4.2: a customer registers a token and logs in with it.
func TestRegisterAndLogIn(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		w.login("10023", hotp("7700001", 1)).status(http.StatusCreated).has(map[string]any{
			"accepted": true, "state": "granted", "step": 1, "steps": 1, "policies": "[]", "policy_version": 0, "reason": nil,
		})
	})
}
