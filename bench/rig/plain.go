package rig

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// plainWord makes a child a plain server.
const plainWord = "plain"

// plainRequest is the same body as that of an authentication.
type plainRequest struct {
	CustomerNumber string `json:"customer_number"`
	Purpose        string `json:"purpose"`
	Channel        string `json:"channel"`
	Proof          struct {
		Code string `json:"code"`
	} `json:"proof"`
}

// plainAnswer has about the size of the answer to an authentication.
type plainAnswer struct {
	Authentication string    `json:"authentication"`
	State          string    `json:"state"`
	Accepted       bool      `json:"accepted"`
	ExpiresAt      time.Time `json:"expires_at"`
}

// servePlain serves the least that a JSON handler in Go can do: net/http and
// encoding/json, without authentication, limits, checks, log or metrics. It is
// the floor below everything else.
func servePlain(ctx context.Context, address string) error {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/authentications", func(w http.ResponseWriter, r *http.Request) {
		var in plainRequest
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		body, err := json.Marshal(plainAnswer{Authentication: in.CustomerNumber, State: "granted", Accepted: in.Proof.Code != ""})
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(body)
	})
	s := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: time.Minute}
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
