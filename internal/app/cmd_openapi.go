package app

import "github.com/countersign-auth/countersign/internal/httpapi"

// openapiCmd prints the description of the API.
type openapiCmd struct{}

// Run prints it.
func (openapiCmd) Run(e *env) error {
	_, err := e.stdout.Write(httpapi.New(httpapi.Config{URL: "https://auth.bank.example", Version: Version}).Document())
	return err
}
