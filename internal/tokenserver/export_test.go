package tokenserver

import (
	"encoding/json"
	"reflect"
)

// Routes lists the operations, as "METHOD path".
func (s *Server) Routes() (all []string) {
	for _, r := range s.routes() {
		all = append(all, r.method+" "+r.path)
	}
	return all
}

// Shapes are the bodies of each operation: what is sent, and what is answered; nil for nothing.
func Shapes() map[string][2]reflect.Type {
	type code struct {
		Code string `json:"code"`
	}
	token, activation, answer := reflect.TypeFor[tokenAnswer](), reflect.TypeFor[Activation](), reflect.TypeFor[promptAnswer]()
	proof := reflect.TypeFor[proofOnly]()
	return map[string][2]reflect.Type{
		"GET time":                        {nil, reflect.TypeFor[timeAnswer]()},
		"GET applications/{code}":         {nil, reflect.TypeFor[Application]()},
		"POST confirmations":              {reflect.TypeFor[confirmation](), token},
		"GET inbox":                       {nil, reflect.TypeFor[inboxAnswer]()},
		"POST prompts/{id}/approval":      {reflect.TypeFor[approval](), answer},
		"POST prompts/{id}/refusal":       {reflect.TypeFor[refusalOf](), answer},
		"POST proofs":                     {reflect.TypeFor[code](), reflect.TypeFor[proofAnswer]()},
		"GET tokens":                      {nil, reflect.TypeFor[tokensAnswer]()},
		"POST tokens":                     {reflect.TypeFor[enrollment](), activation},
		"PATCH tokens/{id}":               {reflect.TypeFor[naming](), token},
		"GET tokens/{id}/history":         {nil, reflect.TypeFor[historyAnswer]()},
		"POST tokens/{id}/block":          {reflect.TypeFor[warned](), token},
		"POST tokens/{id}/enable":         {proof, token},
		"POST tokens/{id}/archive":        {reflect.TypeFor[proofWarned](), token},
		"POST tokens/{id}/renewal":        {reflect.TypeFor[codeOrder](), activation},
		"POST tokens/{id}/extension":      {proof, token},
		"POST tokens/{id}/cancellation":   {proof, token},
		"POST tokens/{id}/redistribution": {reflect.TypeFor[codeOrder](), activation},
		"POST tokens/{id}/migration":      {reflect.TypeFor[migrationOrder](), activation},
		"POST tokens/{id}/abandonment":    {proof, token},
		"POST tokens/{id}/comparison":     {reflect.TypeFor[comparison](), token},
		"PUT push":                        {reflect.TypeFor[subscription](), nil},
		"DELETE push":                     {nil, nil},
	}
}

// VerifyProof verifies a signed request, but for its time and its name being new.
func VerifyProof(point []byte, header, method, address, body string) (keyID string, ok bool) {
	h, p, signed, signature, ok := parseProof([]string{header})
	return h.KeyID, ok && verify(point, signed, signature) && p.Method == method && p.Address == address && random(p.Name) && p.Body == hash([]byte(body))
}

// PublicKey reads a JWK.
func PublicKey(jwk json.RawMessage) ([]byte, error) { return publicKey(jwk) }
