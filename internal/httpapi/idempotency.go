package httpapi

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"

	"github.com/countersign-auth/countersign/internal/telemetry"
)

const headerKey = "Idempotency-Key"

// idempotencyKey reads the header; "" when it is not there.
func idempotencyKey(r *http.Request) (string, error) {
	given := r.Header[headerKey]
	if len(given) == 0 {
		return "", nil
	}
	key := given[0]
	ok := len(given) == 1 && key != "" && len(key) <= 200
	for i := range len(key) {
		ok = ok && '!' <= key[i] && key[i] <= '~'
	}
	if !ok {
		return "", refuse(http.StatusUnprocessableEntity, "client.idempotency_key", headerKey, "An idempotency key has 1 to 200 printable ASCII characters without spaces.")
	}
	return key, nil
}

// remembered serves an operation whose answers are kept: the same request under
// the same key is carried out once. Without a key every request is a new one. Another
// value in one of the secrets does not make another request.
func (a *API) remembered(id string, hasBody bool, secrets []string, carry func(*http.Request, []byte, *call) ([]byte, error)) func(http.ResponseWriter, *http.Request, *call) error {
	return func(w http.ResponseWriter, r *http.Request, c *call) (err error) {
		if c.key, err = idempotencyKey(r); err != nil {
			return err
		}
		var body *[]byte
		if hasBody {
			if body, err = a.readBody(r); err != nil {
				return err
			}
			defer a.releaseBody(body)
		}
		var answer []byte
		if c.key == "" {
			answer, err = carry(r, content(body), c)
		} else {
			answer, err = a.once(r, id, content(body), secrets, c, carry)
		}
		switch {
		case err != nil:
			return err
		case c.status == http.StatusNoContent:
			w.WriteHeader(c.status)
		default:
			writeBody(w, c.status, jsonType, answer)
		}
		return nil
	}
}

// once carries a request out unless its key has an answer. What became of it is
// noted even if the caller has gone meanwhile.
func (a *API) once(r *http.Request, id string, body []byte, secrets []string, c *call, carry func(*http.Request, []byte, *call) ([]byte, error)) ([]byte, error) {
	request := slices.Concat([]byte(r.URL.EscapedPath()+"?"+r.URL.RawQuery+"\n"), without(body, secrets))
	claim, err := a.Answers.Claim(r.Context(), c.access.Client, c.key, id, request)
	if err != nil {
		return nil, err
	}
	if claim.Answered {
		c.status = claim.Status
		return claim.Body, nil
	}
	c.claim = claim.ID
	answer, err := carry(r, body, c)
	ctx := telemetry.WithRequestID(background(r.Context()), c.id)
	if err != nil {
		// A failed request changed nothing that its repetition under the same id
		// would not find: it may be repeated at once.
		a.noted(r, c, a.Answers.Release(ctx, claim))
		return nil, err
	}
	_, err = a.Answers.Complete(ctx, claim, c.status, answer)
	a.noted(r, c, err)
	return answer, nil
}

// without leaves secrets out of a body that is going to be known again by its keyed hash:
// that hash stays for a day, and somebody who has database and keys could try passwords
// at its speed instead of that of their own hash. A body that is no object is refused
// whatever its key, and is told from others by nothing.
func without(body []byte, secrets []string) []byte {
	if len(secrets) == 0 {
		return body
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return nil
	}
	for _, name := range secrets {
		delete(fields, name)
	}
	rest, _ := json.Marshal(fields) //nolint:errchkjson // what was read can be written
	return rest
}

// noted logs that an answer could not be kept. The request itself was carried
// out, so its answer stands.
func (a *API) noted(r *http.Request, c *call, err error) {
	if err != nil {
		ctx := telemetry.WithRequestID(r.Context(), c.id)
		a.Log.LogAttrs(ctx, slog.LevelWarn, "idempotent answer not kept", telemetry.Err(err))
	}
}
