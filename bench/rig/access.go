package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// bearer gets an access token, as an application does.
func (s *Store) bearer(ctx context.Context, api string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+api+"/oauth/token", strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		return "", err
	}
	r.SetBasicAuth(s.client.id, s.client.secret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, body, err := do(r)
	if err != nil {
		return "", err
	}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.AccessToken == "" {
		return "", fmt.Errorf("no access token: status %d, %.200s", status, body)
	}
	return answer.AccessToken, nil
}
