package bank

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
)

// problem is how the API answers a failure (RFC 9457).
type problem struct {
	Code      string `json:"code"`
	Detail    string `json:"detail"`
	Field     string `json:"field"` // a JSON pointer into the request
	RequestID string `json:"request_id"`
}

// readProblem turns an answer that is no success into a fault. What the reader
// caused keeps its code and field; what the bank or the API caused becomes
// "unavailable", with the API's request id for the log.
func readProblem(resp *http.Response, body []byte) error {
	var p problem
	_ = json.Unmarshal(body, &p) // a proxy in between answers with no problem; the status says enough
	f := &fault.Error{Kind: kindOf(resp.StatusCode), Code: p.Code, Detail: p.Detail, Field: field(p.Field)}
	switch {
	case resp.StatusCode == http.StatusUnauthorized:
		return errUnauthorized
	case p.Code == "proof.required": // the fresh proof is too old: the customer begins again
		f.Kind = fault.Conflict
	case resp.StatusCode == http.StatusBadGateway, resp.StatusCode == http.StatusServiceUnavailable, resp.StatusCode == http.StatusGatewayTimeout:
		return fmt.Errorf("%w: the API answered %d, request %s", errBroken, resp.StatusCode, p.RequestID)
	case f.Kind == fault.Unavailable:
		return unavailable(fmt.Errorf("the API answered %d %s, request %s", resp.StatusCode, p.Code, p.RequestID))
	}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		f.RetryAfter = time.Duration(s) * time.Second
	}
	return f
}

// kindOf sorts statuses by who can mend the failure.
func kindOf(status int) fault.Kind {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return fault.Invalid
	case http.StatusNotFound:
		return fault.NotFound
	case http.StatusConflict:
		return fault.Conflict
	case http.StatusTooManyRequests:
		return fault.Limited
	}
	return fault.Unavailable // our own mistake or theirs: not the customer's
}

// field names the part of our form: the last part of a pointer such as /proof/code.
// One into the orders of a payment stays whole, for there can be several.
func field(pointer string) string {
	if strings.HasPrefix(pointer, orderPointer) {
		return pointer
	}
	return pointer[strings.LastIndexByte(pointer, '/')+1:]
}
